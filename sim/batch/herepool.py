"""A thread of this process, for batches that are done before a worker process has started."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from sim.batch.pool import Done, Hear, Settings, Task
from sim.batch.worker import BlockWorker, StopCheck


class HerePool:
    """Does one task after the other beside the main thread, which machine code lets run.

    Use it with an engine that is ready: nothing here survives a crash of this process.
    """

    died: tuple[type[BaseException], ...] = ()
    preparing = False

    def __init__(self) -> None:
        self._worker: BlockWorker | None = None
        self._thread = ThreadPoolExecutor(1)
        self._stop = threading.Event()
        self.ready = False

    def slots(self) -> int:
        """Tell that there is one worker."""
        return 1

    def submit(self, settings: Settings, task: Task, hear: Hear) -> Future[Done]:
        """Have a task done; ``hear`` gets a message about each run."""
        return self._thread.submit(self._do, settings, task, hear)

    def drop(self) -> None:
        """Begin no more runs; those in progress end in a moment."""
        self._stop.set()

    def close(self) -> None:
        """Wait for the thread."""
        self.drop()
        self._thread.shutdown(cancel_futures=True)

    def _do(self, settings: Settings, task: Task, hear: Hear) -> Done:
        if self._worker is None:
            self._worker = BlockWorker(settings)
            self.ready = True
        ended = StopCheck(settings)
        return self._worker.do(task, hear, lambda: self._stop.is_set() or ended())
