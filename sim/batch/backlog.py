"""The tasks of a batch: those that wait, those in work, and those whose worker died."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sim.batch.task import Key, Replicates, Task

KILLS = 3


@dataclass
class Work:
    """A task that somebody does: what has become of its runs.

    ``left`` are neither stored nor failed, ``began`` are in progress, and ``unstored`` are
    finished.
    """

    task: Task
    left: set[int]
    began: Replicates = ()
    unstored: list[int] = field(default_factory=list)

    def finish(self, replicates: Replicates) -> None:
        """Note that runs are finished."""
        self.began = ()
        self.unstored.extend(replicates)

    def store(self, replicates: Replicates) -> int:
        """Note that runs are stored; count those that were not known to be finished."""
        unheard = set(replicates).difference(self.unstored)
        self.unstored = [r for r in self.unstored if r not in replicates]
        self.left.difference_update(replicates)
        return len(unheard)

    def fail(self, replicate: int) -> None:
        """Note that a run failed."""
        self.began = ()
        self.left.discard(replicate)


class Backlog:
    """Says which task comes next, and what is done again after a worker has died.

    Parameters
    ----------
    tasks : iterable of Task
        In the order in which they are to be done.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._pending = deque(tasks)
        self._suspects: deque[Task] = deque()
        self._kills: Counter[tuple[Key, int]] = Counter()
        self.works: dict[Key, Work] = {}

    def __bool__(self) -> bool:
        return bool(self.works or self._pending or self._suspects)

    def begin(self) -> Task | None:
        """Choose a task and note that somebody does it.

        Returns
        -------
        Task or None
            None while no task may begin.
        """
        # A run that took its worker down goes last and alone: with too little memory for
        # several at once, one of them may still fit.
        if self._pending:
            task = self._pending.popleft()
        elif self._suspects and not self.works:
            task = self._suspects.popleft()
        else:
            return None
        self.works[task.key] = Work(task, set(task.replicates))
        return task

    def end(self, work: Work) -> None:
        """Note that nobody does a task any more."""
        del self.works[work.task.key]

    def drop(self) -> None:
        """Forget the tasks that wait."""
        self._pending.clear()
        self._suspects.clear()

    def again(self, work: Work) -> int | None:
        """Let do again what was not stored of a task; what was in progress is suspected.

        Parameters
        ----------
        work : Work
            A task whose worker died.

        Returns
        -------
        int or None
            A run that has taken down `KILLS` workers; it is not done again.
        """
        key = work.task.key
        # Without a run in progress it died writing, or nobody knows when.
        suspects = set(work.began or work.unstored or work.left)
        innocent = sorted(work.left - suspects)
        if innocent:
            self._pending.appendleft(Task(key, innocent))
        if len(suspects) != 1:
            self._suspects.extend(_halves(key, sorted(suspects)))
            return None
        [replicate] = suspects
        self._kills[key, replicate] += 1
        if self._kills[key, replicate] >= KILLS:
            return replicate
        self._suspects.append(Task(key, [replicate]))
        return None


def _halves(key: Key, replicates: Sequence[int]) -> Iterator[Task]:
    middle = len(replicates) // 2
    yield Task(key, replicates[:middle])
    yield Task(key, replicates[middle:])
