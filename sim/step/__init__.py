"""One tick of the model, written once: who looks, who decides, who acts, and what fades.

Every function takes the `run` it works on (see `sim.step.layout.Run`) and calls the rules of
`sim.rules`. The text is plain Python in the dialect that numba compiles: `sim.engine` runs it
compiled or interpreted, and the agents of `sim.model` call the same functions.
"""
