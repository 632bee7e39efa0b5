"""Small changes to the text of `sim.step` that the tests of the step must find.

``python -m tests.mutants`` applies one at a time and tells which test found it; it ends with 1 if
any survives. ``--telling`` takes only the thirty most telling ones, ``--only WORDS`` those with
these words in their file or description.

A change is made in the memory of this process alone: the module is compiled from the changed text
when it is imported, so no file is written and nothing can be left behind.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import io
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

ROOT = Path(__file__).parents[1]
STEP = ROOT / "sim" / "step"
LIST = ROOT / "tests" / "mutants.txt"
LONGEST = 60.0  # seconds; tests that take longer have no end
# What is imported anew for every change.
ANEW = ("sim.step", "sim.engine", "tests.test_step_")
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


@contextmanager
def in_place(mutant: Mutant | None) -> Iterator[None]:
    """Let the step be imported anew, changed if there is a change, and again afterwards."""
    finders = []
    if mutant:
        name = f"sim.step.{mutant.file.removesuffix('.py')}"
        finders.append(Changed(name, mutant.applied()))
    forget()
    sys.meta_path[:0] = finders
    try:
        yield
    finally:
        del sys.meta_path[: len(finders)]
        forget()


def forget() -> None:
    """Forget the modules of the step, of what runs it and of its tests."""
    import sim

    for name in [name for name in sys.modules if name.startswith(ANEW)]:
        del sys.modules[name]
    for name in ("step", "engine"):
        vars(sim).pop(name, None)


class Finder:
    """Keeps the name of the first test, or file of tests, that fails."""

    name = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Look at a test that has ended."""
        if report.failed and not self.name:
            self.name = report.nodeid.removeprefix("tests/")

    pytest_collectreport = pytest_runtest_logreport


def found_by(mutant: Mutant | None) -> str:
    """Give the first test of the step that fails under a change; empty if none does."""
    every = sorted(path.name for path in (ROOT / "tests").glob("test_step_*.py"))
    first = (
        [f"test_step_{name}.py" for name in SUBJECTS.get(mutant.file, (Path(mutant.file).stem,))]
        if mutant
        else []
    )
    rest = [name for name in every if name not in first]
    return (fails(mutant, first) if first else "") or fails(mutant, rest)


def fails(mutant: Mutant | None, files: Sequence[str]) -> str:
    """Run files of tests under a change, up to the first test that fails; give its name."""
    plain = ("no:cacheprovider", "no:xdist", "no:hypothesispytest")
    options = ["-x", "-q", f"--rootdir={ROOT}", *(f"-p{name}" for name in plain)]
    finder, said = Finder(), io.StringIO()
    over = threading.Timer(LONGEST, interrupt_main)
    over.daemon = True
    over.start()
    with in_place(mutant), redirect_stdout(said), redirect_stderr(said):
        code = pytest.main([*options, *(str(ROOT / "tests" / name) for name in files)], [finder])
    in_time = over.is_alive()
    over.cancel()
    if code == pytest.ExitCode.INTERRUPTED and not finder.name:
        if in_time:
            raise KeyboardInterrupt
        return f"no end in {LONGEST:.0f} s"
    return "" if code == pytest.ExitCode.OK else finder.name or str(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Apply the changes and tell which survive."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--telling", action="store_true", help="only the most telling ones")
    parser.add_argument("--only", metavar="WORDS", default="", help="only those with these words")
    asked = parser.parse_args(arguments)
    chosen = [m for m in mutants() if asked.only in m.name and (m.telling or not asked.telling)]
    if failed := found_by(None):
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
