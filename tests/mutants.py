"""Small changes to the text of the model and its statistics that the nearest tests must find.

``python -m tests.mutants`` applies those to the step, one at a time, and tells which test found it;
it ends with 1 if any survives. ``--telling`` takes only the thirty most telling ones, ``--only
WORDS`` those with these words in their file or description. ``--file FILE`` takes those that
`tests.operators` makes of the operators of another file, such as ``sim/outcomes.py``, of which
``--sample N`` chooses some; ``tests/equivalent.txt`` lists those that change nothing, and why.

A change is made in the memory of this process alone: the module is compiled from the changed text
when it is imported, so no file is written and nothing can be left behind.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import io
import random
import sys
import threading
import time
from _thread import interrupt_main
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.operators import changes

ROOT = Path(__file__).parents[1]
STEP = ROOT / "sim" / "step"
LIST = ROOT / "tests" / "mutants.txt"
EQUIVALENT = ROOT / "tests" / "equivalent.txt"
LONGEST = 60.0  # seconds; tests of the step that take longer have no end
LONGEST_ELSEWHERE = 600.0
# What is imported anew for every change.
ANEW = ("sim.step", "sim.engine", "tests.test_step_")
# The tests beside the files, or folders, that are changed by their operators.
NEAREST = {
    "sim/outcomes.py": ("outcomes",),
    "sim/reporting.py": ("reports",),
    "sim/rules/reports.py": ("reports",),
    "sim/rules": ("rules",),
    "analysis/intervals.py": ("intervals",),
    "analysis/comparison": ("comparison", "branches", "levers"),
    "analysis/events/statistics": ("log_statistics", "event_statistics"),
}
# Tests that are most likely to find a change to a file.
SUBJECTS = {
    "units.py": ("units",),
    "dyads.py": ("dyads",),
    "combat.py": ("combat", "spread"),
    "chance.py": ("combat", "dyads"),
    "leaders.py": ("orders",),
    "security.py": ("security",),
    "mediators.py": ("security",),
    "politics.py": ("politics",),
    "log.py": ("politics", "combat"),
    "start.py": ("politics",),
    "tick.py": ("politics",),
    "layout.py": ("layout", "plans"),
    "sources.py": ("layout", "plans"),
    "declare.py": ("layout", "plans"),
}


@dataclass(frozen=True)
class Mutant:
    """A change: in a file of `sim.step`, one text that stands there once in place of another."""

    file: str
    telling: bool
    what: str
    old: str
    new: str

    @property
    def name(self) -> str:
        """Its file and what it means."""
        return f"{self.file}: {self.what}"

    def applied(self) -> str:
        """The changed text of the file."""
        text = (STEP / self.file).read_text(encoding="utf-8")
        if (times := text.count(self.old)) != 1:
            raise ValueError(f"{self.name}: stands {times} times in the file: {self.old}")
        return text.replace(self.old, self.new)


def mutants() -> list[Mutant]:
    """Read the list."""
    return [read(block) for block in LIST.read_text(encoding="utf-8").split("\n\n")[1:]]


def read(block: str) -> Mutant:
    """Read one change."""
    head, *lines = block.strip("\n").splitlines()
    file, what = head.split(maxsplit=1)
    old, new = (
        "\n".join(line[2:] for line in lines if line.startswith(sign)) for sign in ("- ", "+ ")
    )
    return Mutant(file, what.startswith("* "), what.removeprefix("* "), old, new)


@dataclass
class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module from another text than that of its file."""

    name: str
    text: str

    def find_spec(self, name: str, *_: Any) -> importlib.machinery.ModuleSpec | None:
        """Answer for the one module."""
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the text as the module."""
        exec(compile(self.text, self.name, "exec"), module.__dict__)


@dataclass(frozen=True)
class Operator:
    """A change that `tests.operators` makes of a file."""

    file: str
    what: str
    text: str

    @property
    def name(self) -> str:
        """Its file, line and what it does."""
        return f"{self.file}:{self.what}"

    def applied(self) -> str:
        """The changed text of the file."""
        return self.text


def operators(file: str) -> list[Operator]:
    """Make all changes of a file but those that are known to change nothing."""
    text = (ROOT / file).read_text(encoding="utf-8")
    made = [Operator(file, what, changed) for what, changed in changes(text)]
    known = {key for key, _ in equivalent()}
    return [each for each in made if _without_line(each.name) not in known]


def equivalent() -> list[tuple[str, str]]:
    """Read the changes that change nothing: file and change without its line, and the reason."""
    blocks = EQUIVALENT.read_text(encoding="utf-8").strip("\n").split("\n\n")[1:]
    return [(key, reason.strip()) for key, _, reason in (block.partition("\n") for block in blocks)]


def _without_line(name: str) -> str:
    file, _, what = name.split(":", 2)
    return f"{file}:{what}"


Change = Mutant | Operator


@contextmanager
def in_place(mutant: Change | None) -> Iterator[None]:
    """Let what a change is about be imported anew, changed if there is one, and again after it."""
    finders, anew = [], ANEW
    if isinstance(mutant, Mutant):
        finders.append(Changed(f"sim.step.{mutant.file.removesuffix('.py')}", mutant.applied()))
    elif mutant:
        name = mutant.file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        finders.append(Changed(name, mutant.applied()))
        anew = ("sim.", "analysis.", "tests.")
    forget(anew)
    sys.meta_path[:0] = finders
    try:
        yield
    finally:
        del sys.meta_path[: len(finders)]
        forget(anew)


def forget(anew: tuple[str, ...]) -> None:
    """Forget modules, and their names in the packages that hold them."""
    for name in [name for name in sys.modules if name.startswith(anew)]:
        if name in {"tests.mutants", "tests.operators", "tests.conftest"}:
            continue
        del sys.modules[name]
        package, _, inner = name.rpartition(".")
        if package in sys.modules:
            vars(sys.modules[package]).pop(inner, None)


class Finder:
    """Keeps the name of the first test, or file of tests, that fails."""

    name = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Look at a test that has ended."""
        if report.failed and not self.name:
            self.name = report.nodeid.removeprefix("tests/")

    pytest_collectreport = pytest_runtest_logreport


def found_by(mutant: Change | None) -> str:
    """Give the first of the nearest tests that fails under a change; empty if none does."""
    if isinstance(mutant, Operator):
        return fails(mutant, nearest(mutant.file))
    every = sorted(path.name for path in (ROOT / "tests").glob("test_step_*.py"))
    first = (
        [f"test_step_{name}.py" for name in SUBJECTS.get(mutant.file, (Path(mutant.file).stem,))]
        if mutant
        else []
    )
    rest = [name for name in every if name not in first]
    return (fails(mutant, first) if first else "") or fails(mutant, rest)


def nearest(file: str) -> list[str]:
    """Give the files of tests for a file, or for the nearest folder that has some."""
    places = [file, *(str(folder) for folder in Path(file).parents)]
    names = next(NEAREST[place] for place in places if place in NEAREST)
    return [f"test_{name}.py" for name in names]


def fails(mutant: Change | None, files: Sequence[str]) -> str:
    """Run files of tests under a change, up to the first test that fails; give its name."""
    plain = ("no:cacheprovider", "no:xdist", "no:hypothesispytest")
    options = ["-x", "-q", f"--rootdir={ROOT}", *(f"-p{name}" for name in plain)]
    finder, said = Finder(), io.StringIO()
    limit = LONGEST if files[0].startswith("test_step_") else LONGEST_ELSEWHERE
    over = threading.Timer(limit, interrupt_main)
    over.daemon = True
    over.start()
    with in_place(mutant), redirect_stdout(said), redirect_stderr(said):
        code = pytest.main([*options, *(str(ROOT / "tests" / name) for name in files)], [finder])
    in_time = over.is_alive()
    over.cancel()
    if code == pytest.ExitCode.INTERRUPTED and not finder.name:
        if in_time:
            raise KeyboardInterrupt
        return f"no end in {limit:.0f} s"
    return "" if code == pytest.ExitCode.OK else finder.name or str(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Apply the changes and tell which survive."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--telling", action="store_true", help="only the most telling ones")
    parser.add_argument("--only", metavar="WORDS", default="", help="only those with these words")
    parser.add_argument("--file", metavar="FILE", default="", help="change the operators of it")
    parser.add_argument("--sample", metavar="N", type=int, default=0, help="only so many of them")
    asked = parser.parse_args(arguments)
    chosen: Sequence[Change]
    if asked.file:
        chosen = [each for each in operators(asked.file) if asked.only in each.name]
        if 0 < asked.sample < len(chosen):
            chosen = random.Random(asked.file).sample(chosen, asked.sample)
        failed = fails(None, nearest(asked.file))
    else:
        chosen = [m for m in mutants() if asked.only in m.name and (m.telling or not asked.telling)]
        failed = found_by(None)
    if failed:
        print(f"fails without any change: {failed}")
        return 1
    began, survivors = time.perf_counter(), 0
    for mutant in chosen:
        test = found_by(mutant)
        survivors += not test
        print(f"{mutant.name}: {f'found by {test}' if test else 'SURVIVED'}", flush=True)
    took = time.perf_counter() - began
    print(f"{len(chosen)} changes, {len(chosen) - survivors} found, {took:.0f} s")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
