"""Compare scenarios with a baseline: estimates, words, tables and figures.

Reads stored tables only. The run is the unit, and a pair of runs with the same seed and
replicate uses the same random numbers.
"""
