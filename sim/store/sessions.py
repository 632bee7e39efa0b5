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
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from sim import __version__
from sim.store import files, sums
from sim.store.manifest import MAX_REPLICATES, Manifest

FOLDER = "sessions"
LIBRARIES = ("mesa", "numpy", "pydantic", "pyarrow")
SOURCE = Path(__file__).resolve().parent
GIT_SECONDS = 10
# The first and last of some replicates.
Ends = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(lt=MAX_REPLICATES)]]
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


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
    it was killed. ``batch`` is the manifest as it found it, ``files`` the SHA-256 of what it ran
    from, ``stored`` and ``lacking`` the replicates of its scenarios that were stored and had
    failed when it ended.
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
    stored: dict[str, list[Ends]] = {}
    lacking: dict[str, list[Ends]] = {}
    provenance: Provenance
    files: dict[str, str] = {}
    batch: Manifest

    @property
    def file_name(self) -> str:
        """Name of its file; in order of time."""
        host = _UNSAFE.sub("-", self.host)
        return f"{self.started:%Y%m%dT%H%M%S.%f}-{host}-{self.pid}.json"


def read(folder: Path) -> list[Session]:
    """Read the sessions of a results folder."""
    past = (parse(path) for path in sorted((folder / FOLDER).glob("*.json")))
    return [session for session in past if session is not None]


def parse(path: Path) -> Session | None:
    """Read one session; None when it cannot be read."""
    try:
        return Session.model_validate_json(files.read_bytes(path))
    except (OSError, ValidationError):
        return None


def write(folder: Path, session: Session) -> None:
    """Write one session, and its checksum."""
    (folder / FOLDER).mkdir(exist_ok=True)
    path = folder / FOLDER / session.file_name
    text = session.model_dump_json(indent=2) + "\n"
    # A kill in between leaves a session that has not ended, which proves nothing.
    if session.ended is None:
        files.write_text(path, text)
    files.write_text(sum_path(path), sum_text(path, text))
    if session.ended is not None:
        files.write_text(path, text)


def head(path: Path) -> str:
    """Tell in words to which session a checksum belongs."""
    return f"session {path.stem}"


def sum_text(path: Path, text: str) -> str:
    """Write the checksum of a session's file down, which holds a text."""
    return sums.text(head(path), {f"{FOLDER}/{path.name}": sums.digest(text)})


def sum_path(path: Path) -> Path:
    """Give the place of the checksum of a session's file."""
    return path.with_suffix(".sha256")


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
    """Write arguments as they would be typed; bytes that are no text are escaped."""
    program = Path(argv[0]) if argv and argv[0] else Path("python")
    package = ["python", "-m", program.parent.name]
    words = [*(package if program.name == "__main__.py" else [program.name]), *argv[1:]]
    return shlex.join(words).encode(errors="backslashreplace").decode()


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
