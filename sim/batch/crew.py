"""Those who do the tasks of a batch, as the batch sees them."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

from sim.batch.task import Key, News, Task


class CrewError(Exception):
    """Workers cannot be started, reached, or cannot load the engine."""


class Crew(Protocol):
    """Takes tasks and tells what becomes of them; a context manager.

    ``ready`` tells that work can begin, ``preparing`` that the engine is being compiled,
    ``idle`` how many tasks would be taken now, and ``overdue`` that those who were told to
    drop their runs have had time enough for it.
    """

    @property
    def ready(self) -> bool: ...  # noqa: D102
    @property
    def preparing(self) -> bool: ...  # noqa: D102
    @property
    def idle(self) -> int: ...  # noqa: D102
    @property
    def overdue(self) -> bool: ...  # noqa: D102

    def __enter__(self) -> Crew: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def assign(self, task: Task) -> None:
        """Have a task done; no other task has its key."""

    def wait(self, seconds: float) -> list[tuple[Key, News]]:
        """Wait at most so long for news of the tasks.

        Raises
        ------
        CrewError
            When nobody can work.
        """

    def stop(self) -> None:
        """Let the runs in progress end and no more begin."""

    def drop(self) -> None:
        """Let the runs in progress be given up, and what is finished be stored."""
