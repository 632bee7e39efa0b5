"""Runs that failed: why, and the command that repeats each of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError

from sim.store import files
from sim.store.blocks import WHOLE, Shard

PATTERN = "failures*.jsonl"
Key = tuple[str, int]


class Failure(BaseModel):
    """One failed run.

    ``error`` is the name of the exception's class, ``command`` repeats the run alone.
    """

    scenario: str
    replicate: int
    seed: int
    error: str
    message: str
    traceback: str
    command: str

    @property
    def key(self) -> Key:
        """Which run it was."""
        return self.scenario, self.replicate


def command(folder: Path, scenario: str, seed: int, replicate: int, model: str = "") -> str:
    """Write the command that repeats one run of a results folder."""
    file = str(folder / "scenarios" / f"{scenario}.yaml")
    which = f"{scenario}/{replicate}"
    own = ["--model", model] if model else []
    return shlex.join(["reprisal", "run", file, "--seed", str(seed), *own, "--only", which])


def read(folder: Path) -> dict[Key, Failure]:
    """Read the failures of a results folder; of one run, the latest."""
    return {failure.key: failure for failure in _lines(folder) if failure is not None}


def unreadable(folder: Path) -> int:
    """Count the lines that cannot be read, such as one whose writing was interrupted."""
    return sum(failure is None for failure in _lines(folder))


def write(folder: Path, failures: Iterable[Failure], shard: Shard = WHOLE) -> None:
    """Write failures of a results folder, one JSON object per line."""
    path = folder / f"failures{shard.suffix}.jsonl"
    ordered = sorted(failures, key=lambda failure: failure.key)
    if ordered:
        files.write_text(path, "".join(failure.model_dump_json() + "\n" for failure in ordered))
    else:
        path.unlink(missing_ok=True)
    if shard == WHOLE:
        for other in folder.glob(PATTERN):
            if other != path:
                other.unlink(missing_ok=True)


def _lines(folder: Path) -> Iterator[Failure | None]:
    """Read the failures of all files line by line, the oldest file first; None if unreadable."""
    paths = [path for path in folder.glob(PATTERN) if path.is_file()]
    for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name)):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                yield Failure.model_validate_json(line)
            except ValidationError:
                yield None
