"""The sessions of a results folder: every call that ran replicates, and what made its results.

Each session has its own file: processes that share a folder would lose each other's entries in
a common one.
"""

from __future__ import annotations

import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ValidationError

from sim import __version__
from sim.store import files

FOLDER = "sessions"
LIBRARIES = ("mesa", "numpy", "pydantic", "pyarrow")
SOURCE = Path(__file__).resolve().parent
GIT_SECONDS = 10
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


class UserModel(Protocol):
    """A user's own class of model, as `sim.ownmodel.find` gives it."""

    @property
    def name(self) -> str:
        """Module and class."""

    @property
    def class_name(self) -> str:
        """The class."""

    @property
    def file(self) -> str:
        """The module's file."""

    @property
    def source(self) -> bytes:
        """What is in it."""

    @property
    def sha256(self) -> str:
        """Its SHA-256, in hexadecimal digits."""


class Commit(BaseModel):
    """State of the package's own source, when it is a git checkout."""

    id: str
    dirty: bool


class Provenance(BaseModel):
    """What made a session's results."""

    reprisal: str
    python: str
    platform: str
    libraries: dict[str, str]
    commit: Commit | None
    command: str


class Session(BaseModel):
    """One call that ran replicates: where, with which engine, and what came of it.

    ``shard`` is its part of the batch, as ``k/n``; ``ended`` is None while it runs or when
    it was killed.
    """

    started: AwareDatetime
    ended: AwareDatetime | None = None
    host: str
    pid: int
    engine: str
    shard: str
    workers: int
    finished: int = 0
    failed: int = 0
    seconds: float = 0.0
    runs_per_second: float = 0.0
    interrupted: bool = False
    provenance: Provenance

    @property
    def file_name(self) -> str:
        """Name of its file; in order of time."""
        host = _UNSAFE.sub("-", self.host)
        return f"{self.started:%Y%m%dT%H%M%S}-{host}-{self.pid}.json"


def read(folder: Path) -> list[Session]:
    """Read the sessions of a results folder."""
    past = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            past.append(Session.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError):
            continue
    return past


def write(folder: Path, session: Session) -> None:
    """Write one session."""
    (folder / FOLDER).mkdir(exist_ok=True)
    files.write_text(folder / FOLDER / session.file_name, session.model_dump_json(indent=2) + "\n")


def gather() -> Provenance:
    """Describe this process."""
    return Provenance(
        reprisal=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        libraries={name: number for name in LIBRARIES if (number := _version(name))},
        commit=commit_of(SOURCE),
        command=command_line(sys.argv),
    )


def command_line(argv: Sequence[str]) -> str:
    """Write arguments as they would be typed."""
    program = Path(argv[0]) if argv and argv[0] else Path("python")
    package = ["python", "-m", program.parent.name]
    return shlex.join([*(package if program.name == "__main__.py" else [program.name]), *argv[1:]])


def commit_of(folder: Path) -> Commit | None:
    """Find the commit of a folder of source files."""
    # A package installed inside somebody's own repository is not tracked by it.
    if not _git(folder, "ls-files", "--", "*.py"):
        return None
    head = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--", ".")
    return None if not head or changes is None else Commit(id=head, dirty=bool(changes))


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
