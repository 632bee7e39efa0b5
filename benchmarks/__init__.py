"""How fast batches are, measured beside other ways to run the same world.

``python -m benchmarks`` prints the tables of ``benchmarks/README.md``.
"""
