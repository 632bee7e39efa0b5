"""Runs that failed: why, and the command that repeats each of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ValidationError

from sim.store import files, sums
from sim.store.blocks import WHOLE, Shard

PATTERN = "failures*.jsonl"
Key = tuple[str, int]
# The last entry of a line is the SHA-256 of the line without it.
_SEAL = re.compile(r',"sha256":"([0-9a-f]{64})"}\Z')


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
    text = text_of(failures)
    if text:
        files.write_text(path, text)
    else:
        path.unlink(missing_ok=True)
    if shard == WHOLE:
        for other in folder.glob(PATTERN):
            if other != path:
                other.unlink(missing_ok=True)


def text_of(failures: Iterable[Failure]) -> str:
    """Write failures as a file holds them."""
    return "".join(map(_line, sorted(failures, key=lambda failure: failure.key)))


def _line(failure: Failure) -> str:
    text = failure.model_dump_json()
    return f'{text[:-1]},"sha256":"{sums.digest(text)}"}}\n'


def _lines(folder: Path) -> Iterator[Failure | None]:
    """Read the failures of all files line by line, the oldest file first; None if unreadable."""
    paths = [path for path in folder.glob(PATTERN) if files.is_ordinary(path)]
    for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name)):
        whole = files.read_bytes(path).decode("utf-8", errors="replace")
        for line in whole.removesuffix("\n").split("\n"):
            yield _parsed(line)


def _parsed(line: str) -> Failure | None:
    seal = _SEAL.search(line)
    if seal and sums.digest(_SEAL.sub("}", line)) == seal[1]:
        with suppress(ValidationError):
            return Failure.model_validate_json(line)
    return None
