"""Damage results folders, and mend them: ``python -m tests.damages --damages 200``.

A folder of every kind of file is copied, hurt in one of seven ways, and checked: what was hurt must
be named, and nothing else. A repair and the same batch again must then give the same bytes, but for
sessions, of which only the loss can be told.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sim import batch, store
from sim.scenario import Loaded
from sim.store import Store, checks, files
from sim.store.findings import Finding
from tests.batches import make
from tests.fake_engine import ENGINE

SEED = 7
OUTLINES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"province": key},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]],
            },
        }
        for x, key in enumerate(("city", "hills"))
    ],
}
DESIGN = {"method": "latin", "size": 4, "seed": 1, "ranges": {"rivalry.red.blue": [0.5, 1.0]}}


@dataclass(frozen=True)
class Model:
    """A user's own class, as far as the store asks."""

    name: str = "mine:Model"
    class_name: str = "Model"
    file: str = "mine.py"
    source: bytes = b"class Model: ...\n"
    asked: str = "mine.py:Model"

    @property
    def sha256(self) -> str:
        """Of the source."""
        from hashlib import sha256

        return sha256(self.source).hexdigest()


@dataclass(frozen=True)
class Batch:
    """A command that can be given again and again."""

    loaded: tuple[Loaded, ...]
    seed: int = SEED
    replicates: int = 12

    def run(self, folder: Path) -> Store:
        """Do what is missing, with two failures."""
        results = store.create_or_open(
            folder, self.loaded, self.seed, self.replicates, model=Model()
        )
        batch.run(results, 1, engine=ENGINE)
        return results


def scenarios(scratch: Path) -> tuple[Loaded, ...]:
    """Write a scenario that fails, one with a map, and one with a design."""
    scratch.mkdir(parents=True)
    (scratch / "provinces.geojson").write_text(json.dumps(OUTLINES), encoding="utf-8")
    return (
        make(scratch, "failing", "fail:3,7"),
        make(scratch, "mapped", map="provinces.geojson"),
        make(scratch, "varied", design=DESIGN),
    )


@dataclass
class Tally:
    """What was done, and what did not go as it must."""

    damages: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The figures, a line each."""
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(self.damages.items()))
        return "\n".join(
            [
                f"damages: {self.damages.total()} ({kinds})",
                f"not made again, with a reason: {self.reasons.total()}",
                *(f"  {reason}: {number}" for reason, number in self.reasons.items()),
                f"not found, named wrongly or not mended: {len(self.wrong)}",
                *(f"  {line}" for line in self.wrong),
            ]
        )


Contents = dict[str, bytes]


def contents(folder: Path) -> Contents:
    """Read every file but what was set aside."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    read = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {n: data for n, data in read.items() if not n.startswith((f"{files.ASIDE}/", "."))}


def kind_of(name: str) -> str:
    """Name the kind of a file: its folder, or itself, and how its name ends."""
    top = name.partition("/")[0]
    return f"{top} {Path(name).suffix}" if "/" in name else top


class Damage:
    """Ways to hurt a folder; each tells what it did.

    Parameters
    ----------
    folder : Path
        The folder to hurt.
    other : Path
        A folder of the same scenarios with another seed.
    chance : random.Random
        What is hurt.
    """

    def __init__(self, folder: Path, other: Path, chance: random.Random) -> None:
        self.folder, self._other, self._chance = folder, other, chance
        self.ways: dict[str, Callable[[], str]] = {
            "flip": self._flip,
            "cut": self._cut,
            "delete": self._delete,
            "swap": self._swap,
            "copy over": self._copy,
            "rename": self._rename,
            "exchange of scenarios": self._exchange,
            "from another batch": self._foreign,
        }

    def _some(self, kind: str = "") -> Path:
        """Choose a kind of file, then one of it, so that every kind comes up."""
        names = list(contents(self.folder))
        kinds = sorted({kind_of(name) for name in names})
        kind = kind or self._chance.choice(kinds)
        return self.folder / self._chance.choice([n for n in names if kind_of(n) == kind])

    def _alike(self) -> tuple[Path, Path]:
        """Choose two files of a kind."""
        while True:
            first = self._some()
            second = self._some(kind_of(self._name(first)))
            if first.read_bytes() != second.read_bytes():
                return first, second

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _flip(self) -> str:
        path = self._some()
        data = bytearray(path.read_bytes())
        data[self._chance.randrange(len(data))] ^= 1 << self._chance.randrange(8)
        path.write_bytes(data)
        return self._name(path)

    def _cut(self) -> str:
        path = self._some()
        data = path.read_bytes()
        path.write_bytes(data[: self._chance.randrange(len(data))])
        return self._name(path)

    def _delete(self) -> str:
        path = self._some()
        path.unlink()
        return self._name(path)

    def _swap(self) -> str:
        first, second = self._alike()
        one, two = first.read_bytes(), second.read_bytes()
        first.write_bytes(two)
        second.write_bytes(one)
        return f"{self._name(first)} and {self._name(second)}"

    def _copy(self) -> str:
        first, second = self._alike()
        shutil.copy(first, second)
        return f"{self._name(first)} over {self._name(second)}"

    def _rename(self) -> str:
        path = self._some()
        # At the top of the folder files may be of the user.
        hidden = "." if path.parent == self.folder else ""
        path.rename(path.with_name(f"{hidden}x{path.name}"))
        return self._name(path)

    def _exchange(self) -> str:
        """Exchange all that two scenarios have of some kinds of files."""
        one, two = self._chance.sample(["failing", "mapped", "varied"], 2)
        tops = [path.name for path in sorted(self.folder.iterdir()) if (path / one).is_dir()]
        chosen = self._chance.sample(tops, self._chance.randint(1, len(tops)))
        for top in self._chance.choice([chosen, tops]):
            aside = self.folder / top / "aside"
            (self.folder / top / one).rename(aside)
            (self.folder / top / two).rename(self.folder / top / one)
            aside.rename(self.folder / top / two)
        return f"{one} and {two}: {', '.join(chosen)}"

    def _foreign(self) -> str:
        """Copy a file, or a whole block with its checksums, from a batch with another seed."""
        path = self._some()
        while kind_of(self._name(path)) == "sessions .json":
            path = self._some()
        names = [self._name(path)]
        if self._chance.random() < 0.5:
            names = [n for n in contents(self._other) if Path(n).stem == path.stem and "/" in n]
            names = [n for n in names if Path(n).parent.name == path.parent.name]
        for name in names:
            if (self._other / name).is_file():
                shutil.copy(self._other / name, self.folder / name)
        return ", ".join(names)


def is_named(name: str, findings: tuple[Finding, ...], folder: Path) -> bool:
    """Tell whether some finding is about a file."""
    top = name.partition("/")[0]
    return any(
        finding.what == name
        or (folder / name in (*finding.aside, *finding.mend))
        or (
            finding.block is not None
            and name.endswith((f"{finding.block.name}.parquet", f"{finding.block.name}.sha256"))
            and f"/{finding.scenario}/" in name
            and (top in finding.why or finding.why == "all its files")
        )
        or (finding.what == "failures" and name.startswith("failures"))
        for finding in findings
    )


def is_guilty(finding: Finding, changed: set[str]) -> bool:
    """Tell whether what a finding blames was hurt."""
    if finding.block is not None:
        block, scenario = finding.block.name, f"/{finding.scenario}/"
        return any(Path(name).stem == block and scenario in name for name in changed)
    blamed = {finding.what}
    if finding.what == "failures":
        return any(name.startswith("failures") for name in changed)
    stem = Path(finding.what).stem
    return bool(blamed & changed) or any(Path(name).stem == stem for name in changed)


def damage(number: int, scratch: Path) -> Tally:
    """Damage copies of a folder so many times; ``scratch`` is an empty folder."""
    tally = Tally()
    command = Batch(scenarios(scratch / "files"))
    folder, sound, other = scratch / "batch", scratch / "sound", scratch / "other"
    Batch(command.loaded, replicates=6).run(folder)
    command.run(folder)
    folder.rename(sound)
    Batch(command.loaded, SEED + 1).run(other)
    for seed in range(number):
        shutil.copytree(sound, folder)
        hurt(folder, other, command, random.Random(seed), tally)
        shutil.rmtree(folder)
    return tally


def hurt(folder: Path, other: Path, command: Batch, chance: random.Random, tally: Tally) -> None:
    """Do one damage, check, mend, and compare."""
    before = contents(folder)
    ways = Damage(folder, other, chance)
    while True:
        way = chance.choice(list(ways.ways))
        what = f"{way}, {ways.ways[way]()}"
        hurt = contents(folder)
        changed = {n for n in before | hurt if before.get(n) != hurt.get(n)}
        if changed:
            break
    tally.damages[way] += 1
    report = checks.check(store.open(folder, recover=True))
    for name in changed:
        if not is_named(name, report.findings, folder):
            tally.wrong.append(f"{what}: {name} is not named")
    for finding in report.findings:
        if finding.harmless or not is_guilty(finding, changed):
            tally.wrong.append(f"{what}: {finding.text}")
    list(checks.repair(store.open(folder, recover=True)))
    results = command.run(folder)
    after = contents(folder)
    told = {finding.what: finding.why for finding in report.findings}
    for name in before:
        if before[name] != after.get(name):
            reason = told.get(str(Path(name).with_suffix(".json").as_posix()), "")
            if name.startswith("sessions/") and "is over" in reason and name not in after:
                tally.reasons[reason] += 1
            else:
                tally.wrong.append(f"{what}: {name} is not as before")
    extra = {n for n in after if n not in before and not n.startswith("sessions/")}
    tally.wrong += [f"{what}: {name} is left over" for name in extra]
    again = checks.check(store.open(results.folder)).findings
    tally.wrong += [f"{what}: still {finding.text}" for finding in again]


def main() -> int:
    """Do as many damages as the command line asks for and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.damages", description=__doc__)
    parser.add_argument("--damages", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        tally = damage(asked.damages, Path(scratch))
    sys.stdout.write(tally.text + "\n")
    return int(bool(tally.wrong))


if __name__ == "__main__":
    sys.exit(main())
