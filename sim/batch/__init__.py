"""Batches: run exactly the missing runs of a results folder, in parallel processes."""

from sim.batch.choice import EngineError
from sim.batch.crew import CrewError
from sim.batch.function import as_function
from sim.batch.loop import default_workers, run
from sim.batch.progress import BatchResult, Progress, ScenarioProgress
from sim.batch.single import rerun, run_one

__all__ = [
    "BatchResult",
    "CrewError",
    "EngineError",
    "Progress",
    "ScenarioProgress",
    "as_function",
    "default_workers",
    "rerun",
    "run",
    "run_one",
]
