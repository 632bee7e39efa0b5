"""The mechanisms: pure functions of plain numbers and read-only tables.

No rule knows the model, an agent or a draw; where chance decides, the uniform is an
argument. Every rule runs interpreted and compiled with the same bits, so the source here
is the only one. Results of ``exp`` are only ever compared with a uniform; decay factors
and severity tables are computed once, when the world is built.
"""
