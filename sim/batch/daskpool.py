"""Workers of a Dask cluster, which write the results folder that all of them see."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from sim.batch.pool import Hear, Pool, PoolError, Settings, Task
from sim.batch.worker import do_task
from sim.extras import need

CONNECT_SECONDS = 30
COUNT_SECONDS = 5.0
# A scheduler that is silent for so long is lost: tasks and what became of them were in its memory.
ANSWER_SECONDS, LOST_SECONDS = 5.0, 15.0
CLOSE_SECONDS = 5.0
# Tasks handed out per thread: while one is done the next is already there.
PER_THREAD = 2
DASK = "dask="


def find(text: str) -> Pool | None:
    """Read what ``--executor`` says."""
    if text == "local":
        return None
    address = text.removeprefix(DASK)
    if address in {text, ""}:
        raise PoolError(
            f"--executor {text}: write local, or dask=ADDRESS such as dask=tcp://host:8786"
            " or dask=scheduler.json"
        )
    need("dask", "--executor dask")
    import distributed

    where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
    try:
        client = distributed.Client(**where, set_as_default=False, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise PoolError(f"no Dask scheduler answers at {address}: {error}") from error
    return DaskPool(client, (distributed.scheduler.KilledWorker,))


class DaskPool:
    """A pool on Dask's client: its executor can hang."""

    ready = True
    preparing = False

    def __init__(self, client: Any, died: tuple[type[BaseException], ...]) -> None:
        self._client = client
        self._threads = 0
        self._counted = float("-inf")
        self._heard = time.monotonic()
        self.died = died

    def slots(self) -> int:
        """Tell how many tasks keep the threads of the cluster busy; PoolError without an answer."""
        if time.monotonic() - self._counted >= COUNT_SECONDS:
            self._count()
            self._counted = time.monotonic()
        return PER_THREAD * max(1, self._threads)

    def _count(self) -> None:
        try:
            threads = self._client.sync(
                self._client.scheduler.ncores, callback_timeout=ANSWER_SECONDS
            )
        except Exception as error:  # what a lost connection raises depends on when it is noticed
            silent = time.monotonic() - self._heard
            if silent >= LOST_SECONDS:
                raise PoolError(
                    f"the Dask scheduler has not answered for {silent:.0f} s"
                    f" ({type(error).__name__}); what is stored is safe: start the scheduler and"
                    " its workers again, and the same command continues"
                ) from error
        else:
            self._threads = sum(threads.values())
            self._heard = time.monotonic()

    def submit(self, settings: Settings, task: Task, hear: Hear) -> Any:  # noqa: ARG002
        """Have a task done, with only the scenario that it needs."""
        scenarios = {task.scenario: settings.scenarios[task.scenario]}
        made_by = {task.scenario: settings.made_by[task.scenario]}
        settings = replace(settings, scenarios=scenarios, made_by=made_by)
        return self._client.submit(do_task, settings, task, pure=False)

    def drop(self) -> None:
        """Do nothing: runs elsewhere cannot be given up."""

    def close(self) -> None:
        """Close the connection."""
        self._client.close(timeout=CLOSE_SECONDS)
