"""Runs that failed: why, and the command that repeats each of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ValidationError

from sim.store import files

FILE_NAME = "failures.jsonl"
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


def command(folder: Path, scenario: str, replicate: int) -> str:
    """Write the command that repeats one run of a results folder.

    Parameters
    ----------
    folder : Path
        The results folder.
    scenario : str
        Scenario name.
    replicate : int
        Replicate number.

    Returns
    -------
    str
        A shell command; it fails with the run's own traceback.
    """
    code = f"from sim import batch; batch.rerun({str(folder)!r}, {scenario!r}, {replicate})"
    plain = not set(code) & set('"$`\\!')
    return f'python -c "{code}"' if plain else f"python -c {shlex.quote(code)}"


def read(folder: Path) -> dict[Key, Failure]:
    """Read the failures of a results folder.

    Parameters
    ----------
    folder : Path
        The results folder.

    Returns
    -------
    dict of (scenario, replicate) to Failure
        Lines that cannot be read are passed over: those runs are missing and simply run
        again.
    """
    found: dict[Key, Failure] = {}
    try:
        lines = (folder / FILE_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        try:
            failure = Failure.model_validate_json(line)
        except ValidationError:
            continue
        found[failure.key] = failure
    return found


def write(folder: Path, failures: Iterable[Failure]) -> None:
    """Write all failures of a results folder, one JSON object per line.

    Parameters
    ----------
    folder : Path
        The results folder.
    failures : iterable of Failure
        Everything to keep; the file disappears when there is nothing.
    """
    ordered = sorted(failures, key=lambda failure: failure.key)
    if ordered:
        text = "".join(failure.model_dump_json() + "\n" for failure in ordered)
        files.write_text(folder / FILE_NAME, text)
    else:
        (folder / FILE_NAME).unlink(missing_ok=True)
