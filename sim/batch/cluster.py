"""Workers of a Dask cluster."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from typing import Any

from sim.batch.crew import CrewError
from sim.batch.futures import Pool

CONNECT_SECONDS = 30
COUNT_SECONDS = 5.0
# Tasks handed out per thread: while one is done the next is already there.
PER_THREAD = 2
DASK = "dask="


def pool(text: str) -> Pool | None:
    """Read what ``--executor`` says.

    Parameters
    ----------
    text : str
        ``local``, or ``dask=`` with the address of a scheduler or the path of its file.

    Returns
    -------
    Pool or None
        None for the processes of this computer.

    Raises
    ------
    CrewError
        For anything else, when the package is not installed, or no scheduler answers.
    """
    if text == "local":
        return None
    address = text.removeprefix(DASK)
    if address in {text, ""}:
        raise CrewError(
            f"--executor {text}: write local, or dask=ADDRESS such as dask=tcp://host:8786"
            " or dask=scheduler.json"
        )
    try:
        import distributed
    except ImportError as error:
        raise CrewError(
            f"--executor dask needs a package that is not installed ({error}):"
            " in a clone, pip install '.[dask]'"
        ) from error
    where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
    try:
        client = distributed.Client(**where, set_as_default=False, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise CrewError(f"no Dask scheduler answers at {address}: {error}") from error
    dask = _Dask(client)
    return Pool(lambda: dask, dask.slots, (distributed.scheduler.KilledWorker, BrokenExecutor))


class _Dask:
    """A client as an executor: its own executor wraps futures and can hang."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._threads = 0
        self._counted = float("-inf")

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        return self._client.submit(function, *arguments, pure=False)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        self._client.close()

    def slots(self) -> int:
        if time.monotonic() - self._counted >= COUNT_SECONDS:
            self._threads = sum(self._client.nthreads().values())
            self._counted = time.monotonic()
        return PER_THREAD * max(1, self._threads)
