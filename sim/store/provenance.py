"""Where results came from: program versions, platform, commit and command line."""

from __future__ import annotations

import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from sim import __version__

LIBRARIES = ("mesa", "numpy", "pydantic", "pyarrow")
SOURCE = Path(__file__).resolve().parent
GIT_SECONDS = 10


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


def gather() -> Provenance:
    """Describe this process."""
    return Provenance(
        reprisal=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        libraries={name: found for name in LIBRARIES if (found := _version(name))},
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
