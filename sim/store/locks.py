"""The lock files of batches that run in a results folder: who, since when, how far."""

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
from sim.store.blocks import WHOLE, Shard
from sim.store.files import StoreError
from sim.store.manifest import now

CLAIM = ".lock"
SILENT_AFTER = timedelta(minutes=2)
WATCH_SECONDS = 6.0


class Lock(BaseModel):
    """What a running batch says of itself in its lock file; counts are those of its session.

    ``machine`` tells computers, and containers on them, of the same name apart; a process is
    known by its number ``pid`` and the time when it was ``born`` only on its own.
    """

    host: str
    machine: str = ""
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
        """What no lock of another process has."""
        return self.host, self.pid, self.born

    @property
    def here(self) -> bool:
        """Whether its process can be looked for in this computer's list."""
        return (self.host, self.machine) == (platform.node(), _machine()) and os.name == "posix"

    @property
    def rate(self) -> float | None:
        """Runs per second; None while unknown."""
        ended = self.done + self.failed
        return ended / self.seconds if ended and self.seconds else None

    @property
    def alive(self) -> bool:
        """Whether that batch still seems to run; elsewhere, while its lock is renewed."""
        if self.here:
            return self.born == _birth(self.pid)
        return abs(now() - self.updated) < SILENT_AFTER


def new(workers: int, total: int, shard: Shard = WHOLE) -> Lock:
    """Make the lock of a batch that this process runs."""
    return Lock(
        host=platform.node(),
        machine=_machine(),
        pid=os.getpid(),
        born=_birth(os.getpid()),
        shard=shard,
        started=now(),
        updated=now(),
        workers=workers,
        total=total,
    )


def read(folder: Path) -> list[Lock]:
    """Find the batches that run in a folder."""
    return [lock for lock in _all(folder) if lock.alive]


def refuse_if_running(folder: Path, shard: Shard = WHOLE) -> None:
    """Make sure that no other batch does the same runs in a folder."""
    for lock in read(folder):
        if lock.shard.overlaps(shard):
            raise _in_the_way(folder, lock)


def acquire(folder: Path, lock: Lock) -> None:
    """Claim a folder, or a shard of it, for this batch."""
    path = folder / lock.file_name
    with _alone(folder):
        for other in _all(folder):
            if other.shard.overlaps(lock.shard):
                if other.alive or _is_renewed(folder, other):
                    raise _in_the_way(folder, other)
                (folder / other.file_name).unlink(missing_ok=True)
        if _read(path) is None:  # damaged, if there is one
            path.unlink(missing_ok=True)
        try:
            with open(path, "x", encoding="utf-8") as file:
                file.write(lock.model_dump_json(indent=2) + "\n")
        except FileExistsError:
            raise StoreError(f"another batch has just started in {folder}") from None


def renew(folder: Path, lock: Lock) -> None:
    """Write how far this batch has come."""
    stored = _read(folder / lock.file_name)
    if stored is not None and stored.identity != lock.identity:
        raise _in_the_way(folder, stored)
    files.write_text(folder / lock.file_name, lock.model_dump_json(indent=2) + "\n")


def release(folder: Path, lock: Lock) -> None:
    """Remove the lock of this batch."""
    stored = _read(folder / lock.file_name)
    if stored is None or stored.identity == lock.identity:
        (folder / lock.file_name).unlink(missing_ok=True)


@contextmanager
def held(folder: Path, lock: Lock) -> Iterator[None]:
    """Hold a lock for a while."""
    acquire(folder, lock)
    try:
        yield
    finally:
        release(folder, lock)


def wants_runs(path: Path, identity: tuple[str, int, str]) -> bool:
    """Tell whether the batch of a lock file still wants its runs, for those who do them."""
    lock = _read(path)
    return lock is not None and lock.identity == identity and not lock.stopping


def _all(folder: Path) -> list[Lock]:
    locks = (_read(path) for path in sorted(folder.glob("running*.json")))
    return [lock for lock in locks if lock is not None]


def _read(path: Path) -> Lock | None:
    try:
        return Lock.model_validate_json(files.read_bytes(path))
    except (OSError, ValueError):  # damaged, so of no batch that is alive
        return None


def _is_renewed(folder: Path, lock: Lock) -> bool:
    """Watch a lock of elsewhere, whose clock may be wrong, before it counts as dead."""
    until = time.monotonic() + WATCH_SECONDS
    while not lock.here and time.monotonic() < until:
        time.sleep(WATCH_SECONDS / 10)
        again = _read(folder / lock.file_name)
        if again is None:
            return False
        if again.updated != lock.updated:
            return True
    return False


def _in_the_way(folder: Path, lock: Lock) -> StoreError:
    part = "a batch" if lock.shard == WHOLE else f"shard {lock.shard.text} of a batch"
    return StoreError(
        f"{part} is already running in {folder}:"
        f" process {lock.pid} on {lock.host}, since {lock.started:%Y-%m-%d %H:%M} UTC;"
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
    with os.fdopen(files.open_ordinary(folder / CLAIM, os.O_RDWR | os.O_CREAT), "rb") as file:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _machine() -> str:
    """Tell this boot of this computer and its list of processes; empty where there is no /proc."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


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
