"""The mark of a batch that is running in a results folder: who, since when, how far."""

from __future__ import annotations

import os
import platform
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from sim.store import files
from sim.store.manifest import StoreError, now

FILE_NAME = "running.json"
SILENT_AFTER = timedelta(minutes=2)


class Mark(BaseModel):
    """What a running batch tells about itself; counts are those of its session."""

    host: str
    pid: Annotated[int, Field(gt=0, lt=2**31)]
    born: str
    started: AwareDatetime
    updated: AwareDatetime
    workers: int
    done: int = 0
    failed: int = 0
    total: int
    seconds: float = 0.0
    eta: float | None = None

    @property
    def rate(self) -> float | None:
        """Runs per second; None while unknown."""
        ended = self.done + self.failed
        return ended / self.seconds if ended and self.seconds else None

    @property
    def alive(self) -> bool:
        """Whether that batch still seems to run.

        On another host, or without a process list, a mark counts as alive while it is
        renewed.
        """
        if self.host == platform.node() and os.name == "posix":
            return self.born == _birth(self.pid)
        return now() - self.updated < SILENT_AFTER


def new_mark(workers: int, total: int) -> Mark:
    """Describe this process as a running batch.

    Parameters
    ----------
    workers : int
        Worker processes.
    total : int
        Runs to do.

    Returns
    -------
    Mark
    """
    return Mark(
        host=platform.node(),
        pid=os.getpid(),
        born=_birth(os.getpid()),
        started=now(),
        updated=now(),
        workers=workers,
        total=total,
    )


def read(folder: Path) -> Mark | None:
    """Find the batch that runs in a folder.

    Parameters
    ----------
    folder : Path
        A results folder.

    Returns
    -------
    Mark or None
        None when none runs; the mark of a killed batch counts as none.
    """
    try:
        mark = Mark.model_validate_json((folder / FILE_NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # damaged, so of no batch that is alive
        return None
    return mark if mark.alive else None


def refuse_if_running(folder: Path) -> None:
    """Make sure that no other batch runs in a folder.

    Parameters
    ----------
    folder : Path
        A results folder.

    Raises
    ------
    StoreError
        When one does.
    """
    mark = read(folder)
    if mark is not None:
        raise StoreError(
            f"a batch is already running in {folder}: process {mark.pid} on {mark.host},"
            f" since {mark.started:%Y-%m-%d %H:%M} UTC;"
            " wait for it, stop it, or use another --out"
        )


def acquire(folder: Path, mark: Mark) -> None:
    """Claim a folder for this batch.

    Parameters
    ----------
    folder : Path
        A results folder.
    mark : Mark
        From `new_mark`.

    Raises
    ------
    StoreError
        When another batch has it.
    """
    refuse_if_running(folder)
    (folder / FILE_NAME).unlink(missing_ok=True)
    try:
        with open(folder / FILE_NAME, "x", encoding="utf-8") as file:
            file.write(mark.model_dump_json(indent=2) + "\n")
    except FileExistsError:
        raise StoreError(f"another batch has just started in {folder}") from None


def renew(folder: Path, mark: Mark) -> None:
    """Write how far this batch has come.

    Parameters
    ----------
    folder : Path
        A folder this process acquired.
    mark : Mark
        The counts now.
    """
    files.write_text(folder / FILE_NAME, mark.model_dump_json(indent=2) + "\n")


def release(folder: Path) -> None:
    """Give the folder free.

    Parameters
    ----------
    folder : Path
        A folder this process acquired.
    """
    (folder / FILE_NAME).unlink(missing_ok=True)


def _birth(pid: int) -> str:
    """Tell a process from a later one with the same number; empty when it is gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "unknown"
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
