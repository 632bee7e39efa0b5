"""Batches: run exactly the missing runs of a results folder, in parallel processes."""

from sim.batch.choice import EngineError
from sim.batch.loop import default_workers, run
from sim.batch.memory import in_memory, together
from sim.batch.play import play
from sim.batch.pool import PoolError
from sim.batch.session import BatchResult, Progress, ScenarioProgress
from sim.batch.single import as_function, rerun, run_one

__all__ = [
    "BatchResult",
    "EngineError",
    "PoolError",
    "Progress",
    "ScenarioProgress",
    "as_function",
    "default_workers",
    "in_memory",
    "play",
    "rerun",
    "run",
    "run_one",
    "together",
]
