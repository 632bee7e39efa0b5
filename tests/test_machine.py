"""Machine code: kept as files that are whole or not used, and called without numba."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import engine
from sim.engine import cache, machine, translate
from sim.engine.handletype import type_of
from sim.engine.memory import Handle

ARRAYS = {"numbers": np.array([5.0, 7.0]), "flags": np.array([[True], [False]])}
PROGRAM = """\
import sys
from sim import engine, scenario
from sim.world import build

world = build(scenario.load("two-groups").scenario)
made = engine.simulate(world, 1, range(3))
assert len(made["engagements"]["tick"]) > 0
assert len(made["reports"]["tick"]) > 0
model = engine.one_run(world, "compiled")
model.start(1, 0)
model.call("units_decide")
print("numba" in sys.modules)
"""


def third(run: Any, place: int) -> float:
    return run.numbers[place] / 3.0


def flagged(run: Any, place: int) -> bool:
    return run.flags[place, 0]


def larger(run: Any, number: int) -> int:
    return number + len(run.numbers)


def set_down(run: Any, number: int) -> None:
    run.numbers[0] = number


def fails(run: Any, number: int) -> int:
    if number > len(run.numbers):
        raise ValueError("too many")
    return number


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)
    return tmp_path


def made(function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    meant = (function, vars(sys.modules[__name__]), type_of(ARRAYS))
    monkeypatch.setattr(translate, "_meant", lambda _: meant)
    return machine.function.__wrapped__(function.__name__, 1)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("function", "number", "expected"),
    [(third, 1, 7 / 3), (flagged, 0, True), (flagged, 1, False), (larger, -9, -7)],
)
def test_each_type_of_answer_comes_back(
    function: Callable[..., Any], number: int, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = made(function, monkeypatch)(Handle(ARRAYS), number)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.usefixtures("kept")
def test_nothing_comes_back_from_what_only_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = {**ARRAYS, "numbers": np.array([5.0, 7.0])}
    assert made(set_down, monkeypatch)(Handle(arrays), 3) is None
    assert arrays["numbers"].tolist() == [3, 7]


@pytest.mark.usefixtures("kept")
def test_what_it_reads_lives_until_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    made_here: list[weakref.ref[Any]] = []
    seen: list[int] = []

    def alive() -> int:
        return sum(each() is not None for each in made_here)

    def watched() -> Handle:
        numbers = np.array([5.0, 7.0])
        handle = Handle({**ARRAYS, "numbers": numbers})
        made_here.extend(map(weakref.ref, (handle, numbers)))
        return handle

    def address(value: Any, before: Any = ctypes.addressof) -> int:
        seen.append(alive())
        return before(value)

    run = made(third, monkeypatch)
    monkeypatch.setattr(ctypes, "addressof", address)
    assert run(watched(), 1) == 7 / 3
    assert seen == [2]
    assert alive() == 0


@pytest.mark.usefixtures("kept")
def test_a_failure_is_an_error_and_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(fails, monkeypatch)
    assert run(Handle(ARRAYS), 2) == 2
    with pytest.raises(SystemError, match="failed with status"):
        run(Handle(ARRAYS), 3)


def test_a_kept_file_is_read_and_a_damaged_one_made_again(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(larger, monkeypatch)
    (file,) = kept.iterdir()
    assert file.name == "larger.o"
    whole = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(translate, "object_code", None)
        again = made(larger, patch)
    for damaged in (b"", whole[:-1], whole[:100] + b"?" + whole[101:]):
        file.write_bytes(damaged)
        assert machine._read(file) is None
        mended = made(larger, monkeypatch)
        assert machine._read(file) is not None
        assert {run(Handle(ARRAYS), 4) for run in (first, again, mended)} == {6}


def test_without_a_folder_it_is_made_for_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "folder", lambda: None)
    assert made(larger, monkeypatch)(Handle(ARRAYS), 1) == 3


def test_a_file_that_cannot_be_written_is_left(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "folder", lambda: kept / "gone")
    assert made(larger, monkeypatch)(Handle(ARRAYS), 1) == 3
    assert list(kept.iterdir()) == []


def test_what_only_numba_has_is_refused() -> None:
    translate._check_calls("f", ["llvm.exp.f64", "exp", "memset"])
    with pytest.raises(TypeError, match="f uses what only numba has: NRT_Allocate; write"):
        translate._check_calls("f", ["exp", "NRT_Allocate"])


def test_a_process_runs_the_model_without_numba() -> None:
    for what in (engine.RUNS, engine.PHASES):
        engine.prepare(what)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
