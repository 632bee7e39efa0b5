"""What the page asks for: scenarios opened, moved, run, compared, played and saved."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from analysis.frames import Frames
from analysis.interactive import picture as pictures
from analysis.memory import from_tables
from analysis.wording import plural
from reprisal.lab import AskedError
from reprisal.lab.asked import AS_WRITTEN
from sim import batch, scenario, shipped
from sim.rules.soundness import UnsoundError
from sim.scenario import Loaded, Problem, ScenarioError
from sim.scenario.places import plain_data
from sim.scenario.reading import read_file
from sim.scenario.uncertain import posterior_of, uncertain
from sim.store.files import create_text, safe_name
from sim.store.packing import Held
from sim.world.actors import WorldError

KEPT = 12  # scenarios whose runs are kept
DRAWS = 100  # of the numbers that are not known, with two runs each
CHUNK = 3
FIRST_RUNS = 2
WITHOUT = "without "
OURS, THEIRS = "ours", "theirs"
Cancelled = Callable[[], bool]


class Desk:
    """The work behind the page, for several tabs at once.

    Parameters
    ----------
    folder : Path
        The folder of the user's scenarios: what a text extends is read there and below, or is
        shipped; variants are saved there.
    first : str
        The scenario to open first.
    """

    def __init__(self, folder: Path, first: str) -> None:
        self.folder = folder
        self.first = first
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, int], Held] = OrderedDict()
        self._bases: dict[str, tuple[str, Loaded]] = {}
        self._numbers: OrderedDict[tuple[str, str, int, int], Held] = OrderedDict()

    # Scenarios

    def scenarios(self) -> list[dict[str, str]]:
        """List the scenarios that can be opened, with what each extends."""
        found: dict[str, dict[str, str]] = {}
        for mine, folder in ((True, self.folder), (False, shipped.folder())):
            for file in sorted(folder.glob(f"*{shipped.SUFFIX}")):
                try:
                    text = plain_data(read_file(file)[0])
                except ScenarioError:
                    continue
                ours = mine and folder.resolve() != shipped.folder()
                title, parent = str(text.get("title", file.stem)), text.get("extends", "")
                found.setdefault(
                    file.stem,
                    {
                        "name": file.stem,
                        "title": title,
                        "group": "Your scenarios" if ours else _family(file.stem, str(parent)),
                    },
                )
        return list(found.values())

    def base(self, name: str) -> Loaded:
        """Load a scenario by name, the user's own before a shipped one."""
        try:
            safe_name(name)
        except ValueError as error:
            raise AskedError(str(error)) from None
        own = self.folder / f"{name}{shipped.SUFFIX}"
        file = own if own.is_file() else shipped.folder() / own.name
        if not file.is_file():
            raise AskedError(f"there is no scenario {name!r}")
        text = file.read_text(encoding="utf-8", errors="replace")
        known = self._bases.get(name)
        if known is None or known[0] != text:
            loaded = scenario.load(file, within=[self.folder])
            known = self._bases[name] = (text, replace(loaded, design=None))
        return known[1]

    def warm(self, cancelled: Cancelled) -> None:
        """Do what the first picture needs, so that it is there when it is asked for."""
        base = self.base(self.first)
        for side in (base, self.reference(base, self._references(base)[-1]["key"])):
            self._runs(side, FIRST_RUNS, 1, cancelled)

    def open(self, asked: dict[str, Any], _: Cancelled) -> dict[str, Any]:
        """Give all that the page needs to show a scenario for the first time."""
        try:
            base = self.base(asked["scenario"])
        except ScenarioError as error:
            raise AskedError(str(error)) from None
        references = self._references(base)
        controls = scenario.controls(base)
        moments = [f"orders.{key}.trigger.at" for key in scenario.withdrawals(base)]
        known = {each.path for each in controls}
        return {
            "setting": pictures.setting(base),
            "controls": [asdict(each) for each in controls],
            "handle": next((path for path in moments if path in known), ""),
            "references": references,
            "reference": next(
                (each["key"] for each in references if each["key"].startswith(WITHOUT)), AS_WRITTEN
            ),
            "text": scenario.variant(base, {}, path=self._path(base)),
            "scenarios": self.scenarios(),
        }

    def _references(self, base: Loaded) -> list[dict[str, str]]:
        """List what a variant can be compared with."""
        without = [
            {"key": f"{WITHOUT}{key}", "label": f"the same without {_call(base, key)}"}
            for key in scenario.withdrawals(base)
        ]
        return [{"key": AS_WRITTEN, "label": "the file as it is written"}, *without]

    def reference(self, base: Loaded, key: str) -> Loaded:
        """Give what a variant is compared with."""
        if key == AS_WRITTEN:
            return replace(base, name=THEIRS)
        order = key.removeprefix(WITHOUT)
        if order not in scenario.withdrawals(base):
            raise AskedError(f"nothing to compare with is called {key!r}")
        return replace(scenario.with_values(base, {f"orders.{order}.enabled": False}), name=THEIRS)

    def _path(self, base: Loaded) -> Path:
        """Say where a variant would stand."""
        return self.folder / f"{base.name}-variant{shipped.SUFFIX}"

    def variant(self, base: Loaded, text: str, values: dict[str, float]) -> tuple[str, Loaded]:
        """Lay values over the text of a variant, and check it."""
        path = self._path(base)
        if values:
            try:
                text = scenario.variant(base, values, text=text, path=path)
            except (ValueError, OverflowError) as error:
                raise AskedError(str(error)) from None
        loaded = scenario.load_text(text, path, within=[self.folder])
        return text, replace(loaded, name=OURS, design=None)

    def _variant(self, base: Loaded, asked: dict[str, Any]) -> Loaded:
        """Give a variant that was right when it was drawn."""
        try:
            return self.variant(base, asked["text"], asked["values"])[1]
        except ScenarioError as error:
            raise AskedError(str(error)) from None

    # Answers

    def draw(self, asked: dict[str, Any], cancelled: Cancelled) -> dict[str, Any]:
        """Run a variant and its reference, and give the picture of both."""
        base, runs, seed = self.base(asked["scenario"]), asked["runs"], asked["seed"]
        text = asked["text"]
        try:
            text, ours = self.variant(base, text, asked["values"])
        except ScenarioError as error:
            return {"problems": [self._problem(each) for each in error.problems], "text": text}
        frames = self._frames(base, ours, asked, cancelled)
        if frames is None:
            return {"cancelled": True}
        made = pictures.picture(frames, OURS, THEIRS, whole=runs >= asked["whole_from"])
        return {
            "text": text,
            "values": scenario.values_of(base, ours),
            "digest": ours.digest,
            "seed": seed,
            **made,
            **self._said(base, ours, asked["reference"]),
        }

    def _frames(
        self, base: Loaded, ours: Loaded, asked: dict[str, Any], cancelled: Cancelled
    ) -> Frames | None:
        theirs = self.reference(base, asked["reference"])
        sides = [theirs, ours]
        held = [self._runs(each, asked["runs"], asked["seed"], cancelled) for each in sides]
        if any(each is None for each in held):
            return None
        return from_tables(
            [replace(h, loaded=side) for h, side in zip(held, sides, strict=True) if h]
        )

    def _runs(self, loaded: Loaded, runs: int, seed: int, cancelled: Cancelled) -> Held | None:
        """Give so many runs of a scenario, of which some may be there; None when cancelled."""
        key = (loaded.digest, seed)
        with self._lock:
            held = self._held.get(key)
        have = held.runs if held is not None else 0
        try:
            for (more,) in batch.in_memory([loaded], range(have, runs), seed, cancelled=cancelled):
                latest = more
        except (UnsoundError, WorldError) as error:
            raise AskedError(f"the model cannot run this: {error}") from None
        if have < runs:
            if cancelled():
                return None
            held = latest if held is None else batch.together(held, latest)
            with self._lock:
                self._held[key] = held
                while len(self._held) > KEPT:
                    self._held.popitem(last=False)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
        return held if held is None or held.runs == runs else _first(held, runs)

    def _said(self, base: Loaded, ours: Loaded, reference: str) -> dict[str, str]:
        """Name both sides in the words of the answer."""
        order = reference.removeprefix(WITHOUT)
        if order == reference:
            written = "the file as it is written"
            return {"ours": "this variant", "theirs": written, "than": f"with {written}"}
        call = _call(base, order)
        theirs = f"no {call.removeprefix('the ')}"
        if order not in scenario.withdrawals(ours):
            return {"ours": "this variant", "theirs": theirs, "than": f"with {theirs}"}
        at = ours.scenario.orders[order].trigger.at
        moved = set(scenario.values_of(base, ours)) - {f"orders.{order}.trigger.at"}
        when = "" if at is None else f" on {at:%a} {at.day} {at:%b, %H:%M}"
        others = f" and {plural(len(moved), 'other number')} changed" if moved else ""
        return {"ours": f"{call}{when}{others}", "theirs": theirs, "than": "without it"}

    def numbers(self, asked: dict[str, Any], cancelled: Cancelled) -> dict[str, Any]:
        """Say what not knowing the numbers does to the answer."""
        base, seed = self.base(asked["scenario"]), asked["seed"]
        ours = self._variant(base, asked)
        held = []
        for side in (self.reference(base, asked["reference"]), ours):
            try:
                found = self._drawn(side, seed, cancelled)
            except ScenarioError:
                return {"numbers": "", "why": "no number of this scenario has a range"}
            if found is None:
                return {"cancelled": True}
            held.append(found)
        made = pictures.picture(from_tables(held), OURS, THEIRS, whole=False)["answer"]
        return {"numbers": made["numbers"], "median": made["difference"], "draws": DRAWS}

    def _drawn(self, side: Loaded, seed: int, cancelled: Cancelled) -> Held | None:
        file = posterior_of(side)
        key = (side.digest, side.name, seed, file.stat().st_mtime_ns if file else 0)
        with self._lock:
            if key in self._numbers:
                return self._numbers[key]
        if cancelled():
            return None
        drawn = uncertain(side)
        runs = [p + drawn.points * r for r in (0, 1) for p in range(min(DRAWS, drawn.points))]
        parts = list(batch.in_memory([drawn], runs, seed, cancelled=cancelled, chunk=CHUNK))
        if cancelled():
            return None
        with self._lock:
            self._numbers[key] = parts[-1][0]
            while len(self._numbers) > KEPT:
                self._numbers.popitem(last=False)
        return parts[-1][0]

    def play(self, asked: dict[str, Any], cancelled: Cancelled) -> dict[str, Any]:
        """Give one run hour by hour; the typical one unless a number is asked for."""
        from analysis.genealogy import typical_run

        base = self.base(asked["scenario"])
        ours = self._variant(base, asked)
        replicate = asked["replicate"]
        if replicate < 0:
            held = self._runs(ours, asked["runs"], asked["seed"], cancelled)
            if held is None:
                return {"cancelled": True}
            replicate = typical_run(from_tables([held.called(ours)]), OURS)
        return batch.play(ours, replicate, asked["seed"])

    # What is taken away

    def save(self, asked: dict[str, Any], _: Cancelled) -> dict[str, Any]:
        """Write the text of a variant into a new file, and give the commands that repeat it."""
        base = self.base(asked["scenario"])
        name = asked["name"].removesuffix(shipped.SUFFIX)
        try:
            safe_name(name)
        except ValueError as error:
            raise AskedError(str(error)) from None
        file = self.folder / f"{name}{shipped.SUFFIX}"
        if name in shipped.names() or file.exists() or file.is_symlink():
            raise AskedError(f"there is a scenario {name} already; choose another name")
        try:
            loaded = scenario.load_text(asked["text"], file, within=[self.folder])
        except ScenarioError as error:
            return {"problems": [self._problem(each) for each in error.problems]}
        create_text(file, asked["text"])
        against = base.path if base.path is not None else Path(base.name)
        command = (
            f"reprisal run {shipped.label(against)} {file} --replicates 1000 --seed"
            f" {asked['seed'] + 1} --out results/{name}"
        )
        return {"file": str(file), "digest": loaded.digest, "command": command}

    def figure(self, asked: dict[str, Any], cancelled: Cancelled) -> bytes:
        """Draw the figure of deaths as `reprisal plot` does, as PDF, SVG or PNG."""
        from analysis import drawing, figures, style

        frames = self._shown(asked, cancelled)
        with style.context():
            _, figure = next(iter(figures.some(frames, "killed")))
            return drawing.render(figure, [asked["format"]])[asked["format"]]

    def report(self, asked: dict[str, Any], cancelled: Cancelled) -> bytes:
        """Write the report of both scenarios, as one page with pictures that move."""
        from tempfile import TemporaryDirectory

        from analysis.report.files import write_report

        frames = self._shown(asked, cancelled)
        with TemporaryDirectory() as folder:
            baseline = next(iter(frames.scenarios))
            return write_report(frames, Path(folder), baseline, interactive=True)[0].read_bytes()

    def _shown(self, asked: dict[str, Any], cancelled: Cancelled) -> Frames:
        """Give the frames of both sides under names that readers know."""
        base = self.base(asked["scenario"])
        ours = self._variant(base, asked)
        theirs = self.reference(base, asked["reference"])
        held = []
        key = asked["reference"]
        names = (base.name if key == AS_WRITTEN else f"{base.name} {_words(key)}", "variant")
        for side, name in zip((theirs, ours), names, strict=True):
            found = self._runs(side, asked["runs"], asked["seed"], cancelled)
            if found is None:
                raise AskedError("it was cancelled")
            held.append(found.called(replace(side, name=name)))
        return from_tables(held)

    def _problem(self, problem: Problem) -> dict[str, Any]:
        """Give one problem as ``validate`` prints it, and where it stands in the text."""
        inside = Path(problem.file).name.endswith(f"-variant{shipped.SUFFIX}")
        return {
            "text": str(problem),
            "line": problem.line if inside else None,
            "column": problem.column if inside else None,
        }


def _first(held: Held, runs: int) -> Held:
    """Keep the first replicates."""
    tables = {
        name: {column: values[columns["replicate"] < runs] for column, values in columns.items()}
        for name, columns in held.tables.items()
    }
    return replace(held, parts=(tables,))


def _family(name: str, parent: str) -> str:
    root = re.sub(r"\.yaml$", "", parent) or name
    return f"Shipped: {root}"


def _call(loaded: Loaded, key: str) -> str:
    """Name an order to withdraw; by who gives it where there are several."""
    group = loaded.scenario.orders[key].group
    if len(scenario.withdrawals(loaded)) == 1:
        return "the call to withdraw"
    known = loaded.scenario.groups.get(group)
    return f"the call to withdraw of {known.label if known else _words(group)}"


def _words(key: str) -> str:
    return key.replace("_", " ")
