"""What the long fuzzing run found stays fixed, and a short one finds nothing new."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.__main__ import mutated
from tests.fuzz.targets import LOADED, REFUSED, TARGETS, ResultsFolder

CASES = Path(__file__).parent / "fuzz" / "cases"
FOUND = sorted(path.relative_to(CASES) for path in CASES.rglob("*") if path.is_file())
INPUTS = {"yaml": 100, "scenario": 50, "override": 20, "results": 40}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ResultsFolder:
    return ResultsFolder(tmp_path_factory.mktemp("results"))


@pytest.mark.parametrize("case", FOUND, ids=str)
def test_what_was_found_once_is_read_or_refused(folder: ResultsFolder, case: Path):
    """The first part of a case's path is its name, the rest a file of a results folder."""
    place = folder.paths.index(folder.folder / Path(*case.parts[1:]))
    assert folder(bytes([place]) + (CASES / case).read_bytes()) in (LOADED, REFUSED)


@pytest.mark.parametrize("name", TARGETS)
def test_changed_seeds_are_read_or_refused(name: str, tmp_path: Path):
    target, chance = TARGETS[name](tmp_path), random.Random(f"fuzz {name}")
    seeds = list(target.seeds())
    outcomes = {target(data) for data in seeds}
    outcomes |= {target(mutated(chance.choice(seeds), chance)) for _ in range(INPUTS[name])}
    assert outcomes == {LOADED, REFUSED}


def test_a_target_lets_other_errors_through(folder: ResultsFolder, monkeypatch: pytest.MonkeyPatch):
    def fail(_: ResultsFolder, part: str) -> None:
        raise KeyError(part)

    monkeypatch.setattr(ResultsFolder, "_read", fail)
    with pytest.raises(KeyError):
        folder(b"\0")
    monkeypatch.undo()
    folder(bytes([0]) + folder.sound[0])


def test_a_truncated_table_is_refused(folder: ResultsFolder):
    place = next(i for i, path in enumerate(folder.paths) if "runs" in path.parts)
    assert folder(bytes([place]) + folder.sound[place]) == LOADED
    assert folder(bytes([place]) + folder.sound[place][:-5]) == REFUSED
