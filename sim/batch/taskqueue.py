"""The tasks of a batch: those that wait, those in progress, and those whose worker died."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sim.batch.pool import Replicates, Task
from sim.store.blocks import Block

KILLS = 3


@dataclass(eq=False)
class StartedTask:
    """A task in progress: ``left`` are neither stored nor failed, ``began`` are in progress."""

    task: Task
    left: set[int]
    began: Replicates = ()
    finished: set[int] = field(default_factory=set)
    future: Any = None


class TaskQueue:
    """Says which task comes next, and what is done again after a worker has died."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._waiting = deque(tasks)
        self._suspects: deque[Task] = deque()
        self._kills: Counter[tuple[str, Block, int]] = Counter()
        self.started: list[StartedTask] = []

    def __bool__(self) -> bool:
        return bool(self.started or self._waiting or self._suspects)

    def begin(self) -> StartedTask | None:
        """Choose a task and note that it is in progress; None while none may begin."""
        # A run that took its worker down goes last and alone: with too little memory for
        # several at once, one of them may still fit. Two tasks of a block never go together.
        if self._waiting:
            task = self._waiting.popleft()
        elif self._suspects and not self.started:
            task = self._suspects.popleft()
        else:
            return None
        self.started.append(StartedTask(task, set(task.replicates)))
        return self.started[-1]

    def end(self, started: StartedTask) -> None:
        """Note that a task is over."""
        self.started.remove(started)
        started.future = None  # they hold each other, and memory would grow with the batch

    def drop(self) -> None:
        """Forget the tasks that wait."""
        self._waiting.clear()
        self._suspects.clear()

    def again(self, started: StartedTask) -> int | None:
        """Let a task be done again whose worker died; tell a run that shall not.

        What was in progress is suspected: it is halved until one run is left, and that is given
        up when it has taken down `KILLS` workers.
        """
        # Without a run in progress it died writing, or nobody knows when.
        suspects = sorted(set(started.began or started.finished) & started.left or started.left)
        innocent = sorted(started.left.difference(suspects))
        if innocent:
            self._waiting.appendleft(replace(started.task, replicates=tuple(innocent)))
        middle = len(suspects) // 2
        halves = (suspects[:middle], suspects[middle:])
        if len(suspects) == 1:
            key = started.task.scenario, started.task.block, suspects[0]
            self._kills[key] += 1
            if self._kills[key] >= KILLS:
                return suspects[0]
        self._suspects.extend(
            replace(started.task, replicates=tuple(half)) for half in halves if half
        )
        return None
