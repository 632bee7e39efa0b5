"""The marks of batches that run in a results folder: who, since when, how far."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from sim.store import files
from sim.store.manifest import StoreError, now
from sim.store.shards import WHOLE, Shard

LOCK = ".lock"
SILENT_AFTER = timedelta(minutes=2)
WATCH_SECONDS = 6.0


class Mark(BaseModel):
    """What a running batch tells about itself; counts are those of its session."""

    host: str
    pid: Annotated[int, Field(gt=0, lt=2**31)]
    born: str
    shard: Shard = WHOLE
    stopping: bool = False
    started: AwareDatetime
    updated: AwareDatetime
    workers: int
    done: int = 0
    failed: int = 0
    total: int
    seconds: float = 0.0
    eta: float | None = None

    @property
    def file_name(self) -> str:
        """Name of its file."""
        return f"running{self.shard.suffix}.json"

    @property
    def identity(self) -> tuple[str, int, str]:
        """What tells it from the mark of any other process."""
        return self.host, self.pid, self.born

    @property
    def here(self) -> bool:
        """Whether its process can be looked for in this computer's list."""
        return self.host == platform.node() and os.name == "posix"

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
        if self.here:
            return self.born == _birth(self.pid)
        return abs(now() - self.updated) < SILENT_AFTER


def new_mark(workers: int, total: int, shard: Shard = WHOLE) -> Mark:
    """Describe this process as a running batch."""
    return Mark(
        host=platform.node(),
        pid=os.getpid(),
        born=_birth(os.getpid()),
        shard=shard,
        started=now(),
        updated=now(),
        workers=workers,
        total=total,
    )


def read(folder: Path) -> list[Mark]:
    """Find the batches that run in a folder."""
    return [mark for mark in _marks(folder) if mark.alive]


def refuse_if_running(folder: Path, shard: Shard = WHOLE) -> None:
    """Make sure that no other batch does the same runs in a folder."""
    for mark in read(folder):
        if mark.shard.overlaps(shard):
            raise _in_the_way(folder, mark)


def acquire(folder: Path, mark: Mark) -> None:
    """Claim a folder, or a part of it, for this batch."""
    with _alone(folder):
        for other in _marks(folder):
            if other.shard.overlaps(mark.shard):
                if other.alive or _renewed(folder, other):
                    raise _in_the_way(folder, other)
                (folder / other.file_name).unlink(missing_ok=True)
        if _read(folder / mark.file_name) is None:  # a torn one, if any
            (folder / mark.file_name).unlink(missing_ok=True)
        try:
            with open(folder / mark.file_name, "x", encoding="utf-8") as file:
                file.write(mark.model_dump_json(indent=2) + "\n")
        except FileExistsError:
            raise StoreError(f"another batch has just started in {folder}") from None


def renew(folder: Path, mark: Mark) -> None:
    """Write how far this batch has come."""
    found = _read(folder / mark.file_name)
    if found is not None and found.identity != mark.identity:
        raise _in_the_way(folder, found)
    files.write_text(folder / mark.file_name, mark.model_dump_json(indent=2) + "\n")


def release(folder: Path, mark: Mark) -> None:
    """Give the folder free."""
    found = _read(folder / mark.file_name)
    if found is None or found.identity == mark.identity:
        (folder / mark.file_name).unlink(missing_ok=True)


def wishes_to_go_on(path: Path, identity: tuple[str, int, str]) -> bool:
    """Tell whether a batch still wants its runs, for those who do them elsewhere."""
    found = _read(path)
    return found is not None and found.identity == identity and not found.stopping


def _marks(folder: Path) -> list[Mark]:
    found = (_read(path) for path in sorted(folder.glob("running*.json")))
    return [mark for mark in found if mark is not None]


def _read(path: Path) -> Mark | None:
    try:
        return Mark.model_validate_json(path.read_bytes())
    except (OSError, ValueError):  # damaged, so of no batch that is alive
        return None


def _renewed(folder: Path, mark: Mark) -> bool:
    """Watch a mark of another computer, whose clock may be wrong, before it counts as dead."""
    until = time.monotonic() + WATCH_SECONDS
    while not mark.here and time.monotonic() < until:
        time.sleep(WATCH_SECONDS / 10)
        found = _read(folder / mark.file_name)
        if found is None:
            return False
        if found.updated != mark.updated:
            return True
    return False


def _in_the_way(folder: Path, mark: Mark) -> StoreError:
    part = "a batch" if mark.shard == WHOLE else f"shard {mark.shard.text} of a batch"
    return StoreError(
        f"{part} is already running in {folder}:"
        f" process {mark.pid} on {mark.host}, since {mark.started:%Y-%m-%d %H:%M} UTC;"
        " wait for it, stop it, or use another --out"
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from claiming the folder meanwhile, where the system can."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(folder / LOCK, "w", encoding="utf-8") as file:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


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
