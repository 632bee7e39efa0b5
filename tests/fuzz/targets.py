"""What is fuzzed, and what must hold whatever the bytes are.

A target is called with bytes. It returns what came of them, or raises: every exception but
the promised one is a finding.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from sim import batch, store
from sim.records import TABLES
from sim.scenario import ScenarioError, dump, load
from sim.scenario.places import Place
from sim.scenario.yamltree import MAX_DEPTH, MAX_NODES, read_text
from sim.store import StoreError, checks, parquet
from tests.batches import SETTINGS, make
from tests.fake_engine import ENGINE

TESTS = Path(__file__).parents[1]
SMALL = TESTS / "broken" / "parents" / "small.yaml"
FULL = TESTS / "broken" / "parents" / "full.yaml"
LOADED, REFUSED = "loaded", "refused"


class Target(Protocol):
    """Something that reads bytes of others."""

    def __call__(self, data: bytes) -> str:
        """Read the bytes and hold the outcome to its promise."""

    def seeds(self) -> Iterator[bytes]:
        """Give inputs from which to begin."""


def check_problems(error: ScenarioError) -> None:
    """Hold an error about a scenario to its form: one short printable line for each problem."""
    lines = str(error).split("\n")
    assert len(lines) == len(error.problems) > 0
    for line, problem in zip(lines, error.problems, strict=True):
        assert line.isprintable()
        assert problem.message
        assert len(line) < 4000


class ScenarioFile:
    """Any bytes as a scenario file: a scenario that can be written and read back, or problems."""

    def __init__(self, scratch: Path) -> None:
        self.file, self.again = scratch / "fuzzed.yaml", scratch / "again.yaml"
        for parent in (SMALL, FULL):
            shutil.copy(parent, scratch)

    def __call__(self, data: bytes) -> str:
        self.file.write_bytes(data)
        try:
            loaded = load(self.file)
        except ScenarioError as error:
            check_problems(error)
            return REFUSED
        self.again.write_text(dump(loaded), encoding="utf-8", newline="")
        if loaded.design is None:
            again = load(self.again)
            assert (again.digest, again.ranges) == (loaded.digest, loaded.ranges)
        return LOADED

    def seeds(self) -> Iterator[bytes]:
        yield json.dumps(SETTINGS).encode()
        yield b"extends: small.yaml\nbattle: {half_life: 3h}\n"
        yield b"extends: small.yaml\nbattle: {half_life: 3h (1h to 1d)}\n"
        yield b"extends: full.yaml\norders: {call: {trigger: {after: 2h}}}\n"
        for path in sorted((TESTS / "broken").rglob("*.yaml")):
            if path.stat().st_size < 5000:
                yield path.read_bytes()


class YamlText:
    """Any text as YAML: a tree within the limits, or problems."""

    def __init__(self, scratch: Path) -> None:
        self.place = Place(str(scratch / "fuzzed.yaml"), 1, 1)

    def __call__(self, data: bytes) -> str:
        try:
            root, _ = read_text(data.decode("utf-8", "replace"), self.place)
        except ScenarioError as error:
            check_problems(error)
            return REFUSED
        assert root.nodes <= MAX_NODES
        assert root.depth <= MAX_DEPTH
        return LOADED

    def seeds(self) -> Iterator[bytes]:
        yield b"a: &a [1, {b: *a}]\nc: {<<: {d: 1}, e: !!str 2}\n"
        yield b"? [x]\n: |\n  text\n...\n---\n- 'it''s'\n- \"\\x41\"\n# end\n"
        yield b"%YAML 1.2\n%TAG !e! tag:e,2000:\n---\na: >-\n  folded\n\n  text\n"


class Override:
    """Any text after ``--set``."""

    def __init__(self, scratch: Path) -> None:
        order = {"action": "withdraw", "group": "red", "trigger": {"after": "2h"}}
        loaded = make(scratch, "base", orders={"call": order})
        self.file = scratch / f"{loaded.name}.yaml"

    def __call__(self, data: bytes) -> str:
        try:
            load(self.file, [data.decode("utf-8", "replace")])
        except ScenarioError as error:
            check_problems(error)
            return REFUSED
        return LOADED

    def seeds(self) -> Iterator[bytes]:
        yield from (
            b"reprisal.half_life=1.2d",
            b"provinces.city.neighbours=[hills]",
            b"clock.start=2024-03-01T00:00",
            b"orders.call={action: withdraw, group: red, trigger: {at: 2024-03-02T12:00}}",
            b"orders.call.trigger.after=1d",
            b"engagement.background_rate=0.5/d",
            b"title='a'",
        )


class ResultsFolder:
    """Any bytes in place of one file of a results folder: its rows, or a `StoreError`.

    The first byte says which file, the others are its content. What is not as it was written is
    found, whatever it is; the mark of a running batch is not looked at.
    """

    def __init__(self, scratch: Path) -> None:
        loaded = make(scratch / "files", "base", "fail:3")
        results = store.create_or_open(scratch / "results", [loaded], 3, 4)
        batch.run(results, 1, engine=ENGINE)
        self.folder = results.folder
        self.mark = self.folder / "running.json"
        self.mark.write_text(MARK, encoding="utf-8")
        (self.folder / ".lock").unlink()
        self.paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        self.sound = [path.read_bytes() for path in self.paths]
        self.changed = 0

    def __call__(self, data: bytes) -> str:
        self.paths[self.changed].write_bytes(self.sound[self.changed])
        self.changed = (data or b"\0")[0] % len(self.paths)
        self.paths[self.changed].write_bytes(data[1:])
        try:
            self._read(self.paths[self.changed].relative_to(self.folder).parts[0])
            self._check()
        except StoreError as error:
            assert str(error)
            return REFUSED
        return LOADED

    def _check(self) -> None:
        path = self.paths[self.changed]
        findings = checks.check(store.open(self.folder, recover=True)).findings
        same = path == self.mark or path.read_bytes() == self.sound[self.changed]
        assert bool(findings) != same, findings
        assert all(finding.text.isprintable() for finding in findings)

    def _read(self, part: str) -> None:
        results = store.open(self.folder)
        results.summary()
        results.failures()
        if part == "scenarios":
            assert results.scenarios
        for table in TABLES if part in ("manifest.json", "runs") else {part} & set(TABLES):
            assert results.read(table).schema.names == parquet.schema(table).names

    def seeds(self) -> Iterator[bytes]:
        for place, content in enumerate(self.sound):
            yield bytes([place]) + content


MARK = json.dumps(
    {
        "host": "elsewhere",
        "pid": 17,
        "born": "1",
        "started": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
        "workers": 2,
        "total": 4,
    }
)
TARGETS: dict[str, type[Target]] = {
    "yaml": YamlText,
    "scenario": ScenarioFile,
    "override": Override,
    "results": ResultsFolder,
}
