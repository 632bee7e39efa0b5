"""The sessions of a results folder: every call that ran replicates, a file each.

Processes that share a folder would lose each other's entries in one common file.
"""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ValidationError

from sim.store import files
from sim.store.provenance import Provenance

FOLDER = "sessions"
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


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
    found = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            found.append(Session.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError):
            continue
    return found


def write(folder: Path, session: Session) -> None:
    """Write one session."""
    (folder / FOLDER).mkdir(exist_ok=True)
    files.write_text(folder / FOLDER / session.file_name, session.model_dump_json(indent=2) + "\n")
