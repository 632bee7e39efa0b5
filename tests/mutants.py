"""Small changes to the text of the model and its statistics that the nearest tests must find.

``python -m tests.mutants`` applies those to the step, one at a time, and tells which test found it;
it ends with 1 if any survives. ``--telling`` takes only the thirty most telling ones, ``--only
WORDS`` those with these words in their file or description. ``--file FILE`` takes those that
`tests.operators` makes of the operators of another file, such as ``sim/outcomes.py``, of which
``--sample N`` chooses some; ``tests/equivalent.txt`` lists those that change nothing, and why.
``--everywhere`` takes those to the step and a sample of every file of rules, outcomes, reports,
intervals, comparison and statistics of logs, `PER_FILE` of each where ``--sample`` names no other
number, and ends with a table by folder. Samples have fixed seeds, so that they are the same again.

A change is made in the memory of this process alone: the module is compiled from the changed text
when it is imported, so no file is written and nothing can be left behind. Slow tests are left out,
and so are those that need the compiled engine, which is compiled from the files themselves.
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
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.operators import changed, sites

ROOT = Path(__file__).parents[1]
STEP = ROOT / "sim" / "step"
LIST = ROOT / "tests" / "mutants.txt"
EQUIVALENT = ROOT / "tests" / "equivalent.txt"
LONGEST = 60.0  # seconds; tests of the step that take longer have no end
# Elsewhere: these seconds, and so many times what the tests take without a change.
LEAST, TIMES = 30.0, 3.0
PER_FILE = 6
# What is imported anew for every change.
ANEW = ("sim.step", "sim.engine", "tests.test_step_")
# The tests beside the files, or folders, that are changed by their operators; the quickest first.
NEAREST = {
    "sim/outcomes.py": ("outcomes",),
    "sim/reporting.py": ("reports",),
    "sim/rules/reports.py": ("reports",),
    "sim/rules/soundness.py": ("soundness",),
    "sim/rules": ("rules",),
    "analysis/intervals.py": ("intervals",),
    "analysis/comparison": ("differences", "comparison"),
    "analysis/comparison/contrasts.py": ("differences", "contrasts"),
    "analysis/comparison/table.py": ("differences", "comparison", "levers"),
    "analysis/comparison/branches.py": ("branches",),
    "analysis/events/statistics": ("log_statistics", "event_statistics"),
}
# Files with computations, where --everywhere looks beside the step: all of a folder but some.
EVERYWHERE = {
    "sim/rules": (),
    "sim/outcomes.py": (),
    "sim/reporting.py": (),
    "analysis/intervals.py": (),
    # These write words, pages and figures from what the others compute.
    "analysis/comparison": (
        "branchpage", "contrastpage", "figures", "levers", "page", "places", "words",
    ),
    "analysis/events/statistics": ("overview", "table"),
}  # fmt: skip
COMPILED = {
    "test_exact_reports_say_what_happened",
    "test_an_attack_has_one_address_of_its_own",
    "test_switching_reports_off_moves_nothing_else",
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
    """A change that `tests.operators` makes of a file, with its number there and its line."""

    file: str
    what: str
    number: int = -1
    line: str = ""

    @property
    def name(self) -> str:
        """Its file, line and what it does."""
        return f"{self.file}:{self.what}"

    @property
    def key(self) -> str:
        """Its file, what it does and the text of its line."""
        return f"{self.file}: {self.what.partition(': ')[2]} in {self.line}"

    def applied(self) -> str:
        """The changed text of the file; as it is without a number."""
        text = (ROOT / self.file).read_text(encoding="utf-8")
        return text if self.number < 0 else changed(text, self.number)


@cache
def operators(file: str) -> list[Operator]:
    """Make all changes of a file; the second change of the same kind in the same line is numbered.

    Lines that read alike count as one.
    """
    text = (ROOT / file).read_text(encoding="utf-8")
    lines, seen, made = text.splitlines(), Counter[str](), []
    for number, what in enumerate(sites(text)):
        place, _, change = what.partition(":")
        line = lines[int(place) - 1].strip()
        seen[change + line] += 1
        line += f" ({times})" if (times := seen[change + line]) > 1 else ""
        made.append(Operator(file, what, number, line))
    return made


def sample(file: str, number: int) -> list[Operator]:
    """Choose so many changes of a file, always the same; all where there are no more, or by 0."""
    made = operators(file)
    return random.Random(file).sample(made, number) if 0 < number < len(made) else made


@cache
def equivalent() -> dict[str, str]:
    """Read why some changes change nothing, by file, change and line."""
    blocks = EQUIVALENT.read_text(encoding="utf-8").strip("\n").split("\n\n")[1:]
    return {key: reason.strip() for key, _, reason in (block.partition("\n") for block in blocks)}


def why_nothing(change: Change) -> str:
    """Say why a change changes nothing; empty where that is not known."""
    return equivalent().get(change.key, "") if isinstance(change, Operator) else ""


def everywhere() -> list[str]:
    """Name the files of which --everywhere takes a sample."""
    files = []
    for place, left_out in EVERYWHERE.items():
        found = sorted((ROOT / place).glob("*.py")) if (ROOT / place).is_dir() else [ROOT / place]
        files += [path for path in found if path.stem not in {"__init__", *left_out}]
    return [path.relative_to(ROOT).as_posix() for path in files]


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

    def pytest_sessionstart(self) -> None:
        """Let generated tests try the same examples each time, and store none."""
        from hypothesis import settings  # pytest asks to be imported before it

        settings.register_profile("mutants", settings(database=None, derandomize=True))
        settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out tests that need the compiled engine."""
        items[:] = [item for item in items if item.name.partition("[")[0] not in COMPILED]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Look at a test that has ended."""
        if report.failed and not self.name:
            self.name = report.nodeid.removeprefix("tests/")

    pytest_collectreport = pytest_runtest_logreport


def found_by(mutant: Change | None, limit: float = LONGEST) -> str:
    """Give the first of the nearest tests that fails under a change; empty if none does."""
    if isinstance(mutant, Operator):
        names = ([name] for name in nearest(mutant.file))
        return next(filter(None, (fails(mutant, each, limit) for each in names)), "")
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


def fails(mutant: Change | None, files: Sequence[str], limit: float = LONGEST) -> str:
    """Run files of tests under a change, up to the first test that fails; give its name."""
    plain = ("no:cacheprovider", "no:xdist", "no:hypothesispytest")
    options = ["-x", "-q", "-mnot slow", f"--rootdir={ROOT}", *(f"-p{name}" for name in plain)]
    finder, said = Finder(), io.StringIO()
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


class UnfitError(Exception):
    """A test that fails without any change."""


LIMITS: dict[tuple[str, ...], float] = {}


def limit_for(change: Change) -> float:
    """Tell how long tests may take [s]; run them once before, with the file as it is."""
    tests = tuple(nearest(change.file)) if isinstance(change, Operator) else ()
    if tests not in LIMITS:
        same = replace(change, number=-1) if isinstance(change, Operator) else None
        began = time.perf_counter()
        if failed := found_by(same, 10 * LONGEST):
            raise UnfitError(f"fails without any change: {failed}")
        LIMITS[tests] = LEAST + TIMES * (time.perf_counter() - began) if tests else LONGEST
    return LIMITS[tests]


FIELDS = ("found", "survived", "nothing")


@dataclass
class Count:
    """How many changes were tried at a place, and what became of them."""

    found: int = 0
    survived: int = 0
    nothing: int = 0

    def add(self, change: Change) -> None:
        """Try a change, and tell what becomes of it."""
        if reason := why_nothing(change):
            self.nothing += 1
            print(f"{change.name}: changes nothing: {reason}", flush=True)
            return
        test = found_by(change, limit_for(change))
        self.found += bool(test)
        self.survived += not test
        print(f"{change.name}: {f'found by {test}' if test else 'SURVIVED'}", flush=True)


def place_of(change: Change) -> str:
    """Name the line of the table in which a change counts."""
    if isinstance(change, Mutant):
        return "sim/step"
    return next(place for place in EVERYWHERE if change.file.startswith(place))


def table(counts: dict[str, Count]) -> str:
    """Write what was found as a table by folder, and the whole below."""
    whole = Count(*(sum(getattr(c, f) for c in counts.values()) for f in FIELDS))
    lines = ["| where | changes | found | per cent | known to change nothing, beside these |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for place, count in [*counts.items(), ("all", whole)]:
        tried = count.found + count.survived
        share = f"{100 * count.found / tried:.1f}" if tried else "–"
        lines.append(f"| {place} | {tried} | {count.found} | {share} | {count.nothing} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Apply the changes and tell which survive."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--telling", action="store_true", help="only the most telling ones")
    parser.add_argument("--only", metavar="WORDS", default="", help="only those with these words")
    parser.add_argument("--file", metavar="FILE", default="", help="change the operators of it")
    parser.add_argument("--everywhere", action="store_true", help="the step, and some of each file")
    parser.add_argument("--sample", metavar="N", type=int, default=0, help="so many of a file")
    asked = parser.parse_args(arguments)
    chosen: list[Change] = []
    if asked.file:
        chosen += sample(asked.file, asked.sample)
    else:
        chosen += [mutant for mutant in mutants() if mutant.telling or not asked.telling]
    if asked.everywhere:
        chosen += [each for file in everywhere() for each in sample(file, asked.sample or PER_FILE)]
    chosen = [each for each in chosen if asked.only in each.name]
    counts: dict[str, Count] = {}
    began = time.perf_counter()
    try:
        for each in chosen:
            counts.setdefault(place_of(each) if asked.everywhere else "", Count()).add(each)
    except UnfitError as unfit:
        print(unfit)
        return 1
    if asked.everywhere:
        print(table(counts))
    found, survived = (sum(getattr(c, f) for c in counts.values()) for f in FIELDS[:2])
    print(f"{found + survived} changes, {found} found, {time.perf_counter() - began:.0f} s")
    return int(survived > 0)


if __name__ == "__main__":
    sys.exit(main())
