"""Parameters from a table of events: likelihood-free inference from a reference table.

A scenario is run once at many draws from the prior, as a stored design. ``reference.read``
makes of it a table of parameters and summary statistics; ``inference.Method`` gives the
posterior sample for any data set, and `proof` shows on held-out runs, whose parameters are
known, whether its statements hold.
"""
