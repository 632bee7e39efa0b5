"""Sections about what was run: questions, setting, scenarios as differences, manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from analysis import figures, tilemap, wording
from analysis.blocks import Block, Items, Part, Section, Table, Terms, Text, pictures
from analysis.comparison.table import about_left_out, comparable, left_out
from analysis.report.standing import NO_FORECAST
from sim import store
from sim.scenario import diff_between, parameters_table
from sim.scenario.loading import ABSENT
from sim.scenario.writing import write_value
from sim.store.manifest import STOCK
from sim.units import format_duration

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.frames import Frames
    from sim.scenario import Loaded, Parameter

_WORDS = ("title: ", "question: ")
_NOTHING = (f": {ABSENT} -> null", f": {ABSENT} -> {{}}")
_TEXTS = {("title",), ("question",)}
_LIMIT = 200


def question(frames: Frames, baseline: str) -> Section:
    """Say what is asked, of the baseline and of each scenario."""
    base = frames.scenarios[baseline].scenario
    asked = [base.question or f"How do outcomes of {baseline} vary?"]
    asked += [frames.scenarios[name].scenario.question for name in comparable(frames, baseline)]
    blocks: list[Block] = [Items([text for text in asked if text]), Text(NO_FORECAST)]
    return Section("question", "Questions", blocks)


def setting(frames: Frames, baseline: str) -> Section:
    """Tell where and when the baseline is set, with its map."""
    scenario = frames.scenarios[baseline].scenario
    clock = scenario.clock
    terms = [
        ("Start", f"{clock.start:%Y-%m-%d %H:%M}, {clock.timezone}"),
        ("Length", f"{format_duration(clock.length)}, in ticks of {format_duration(clock.tick)}"),
        ("Provinces", wording.plural(len(scenario.provinces), "province")),
    ]
    if baseline in frames.models:
        terms.append(("Model", frames.models[baseline].text))
    head = ("Group", "Bloc", "Fighters", "Provinces")
    rows = [
        (group.label or key, group.bloc, f"{sum(group.fighters.values()):,}",
         str(len(group.fighters)))
        for key, group in scenario.groups.items()
    ]  # fmt: skip
    own = frames.only([baseline])
    table = tilemap.province_table(own).sort_values("killed", ascending=False)
    top = table.iloc[0]
    alt = (
        f"Tile map of {baseline}: expected killed per run and the probability of any fatal"
        f" engagement, by province. Most are expected in {top['label']}:"
        f" {wording.number(top['killed'])} killed per run."
    )
    shown = pictures(figures.some(own, "map"), f"Killed by province in {baseline}", alt)
    varied = _varied(frames.scenarios[baseline])
    return Section(
        "setting", "Setting", [Terms(terms), Table("Groups", head, rows), *varied, *shown]
    )


def _varied(loaded: Loaded) -> Iterator[Block]:
    """Say which numbers differ from run to run."""
    design = loaded.design
    if design is None:
        return
    many = f"{design.points:,} points of a design ({design.method.replace('_', ' ')})"
    yield Text(
        f"Runs differ by more than chance: the scenario is run at {many} of"
        f" {wording.plural(len(design.ranges), 'parameter')}, so that distributions hold how these"
        " vary as well. Other numbers are as shown."
    )
    rows = [
        (each.path, *(write_value(design.write(each, end)) for end in (each.low, each.high)))
        for each in design.ranges
    ]
    yield Table("Parameters that differ from run to run", ("Parameter", "Least", "Most"), rows)


def scenarios(frames: Frames, baseline: str) -> Section:
    """List every scenario with what it changes."""
    base = frames.scenarios[baseline]
    blocks: list[Block] = [
        Text(
            f"{baseline}: {base.scenario.title}. Of every other scenario, what it changes is shown."
        )
    ]
    blocks += [
        Part(
            f"{name}: {frames.scenarios[name].scenario.title}",
            [*_other_model(frames, baseline, name), *changes(base, loaded)],
        )
        for name, loaded in frames.scenarios.items()
        if name in set(comparable(frames, baseline))
    ]
    others = left_out(frames, baseline)
    if others:
        blocks.append(Text(about_left_out(others)))
    return Section("scenarios", "Scenarios", blocks)


def changes(base: Loaded, loaded: Loaded) -> list[Block]:
    """Tell in which values a scenario differs from the baseline; added nothings are left out."""
    lines = [
        line
        for line in diff_between(base, loaded)
        if not line.startswith(_WORDS) and not line.endswith(_NOTHING)
    ]
    if not lines:
        return [Text("No value differs.")]
    more = [f"and {len(lines) - _LIMIT:,} more"] if len(lines) > _LIMIT else []
    shown = [line.replace(" -> ", " → ") for line in lines[:_LIMIT]]
    return [Items([*shown, *more])]


def _other_model(frames: Frames, baseline: str, name: str) -> Iterator[Block]:
    """Say by which model a scenario was run, when it is another one than the baseline's."""
    before, after = frames.models.get(baseline), frames.models.get(name)
    if before != after:
        yield Text(f"Run with {STOCK if after is None else after.text}.")


def standing(frames: Frames) -> Iterator[Block]:
    """Say which scenarios the description of the model need not fit."""
    for name, model in frames.models.items():
        yield Text(
            f"{name} was run with a class of the user's own, {model.text}. What it changes is not"
            " described here."
        )


def own_values(frames: Frames, baseline: str) -> Section:
    """List the baseline's parameters that have a default and differ from it."""
    rows = [
        (path, default, value, source)
        for path, default, value, source in differing(frames.scenarios[baseline])
    ]
    text = (
        f"Values of {baseline} that differ from the default of the model. What has no default,"
        " such as groups and provinces, is in the scenario file."
    )
    head = ("Parameter", "Default", "Here", "Source of the default")
    table = Table("Parameters that differ from their default", head, rows)
    blocks: list[Block] = (
        [Text(text), table] if rows else [Text("No parameter differs from its default.")]
    )
    return Section("parameters", "Parameters that differ from default", blocks)


def differing(loaded: Loaded) -> Iterator[tuple[str, str, str, str]]:
    """Give path, default, value and source of each parameter that is not at its default."""
    known = {tuple(row.path.split(".")): row for row in parameters_table()}
    for path, value in _leaves(loaded.resolved):
        row = _declared(path, known)
        if row is None or row.default in {"", "(required)"} or value is None or path in _TEXTS:
            continue
        written = write_value(value)
        if written != row.default:
            yield ".".join(path), row.default, written, row.source


def manifest(frames: Frames) -> Section:
    """Tell which runs there are and what made them."""
    blocks: list[Block] = []
    for folder in frames.folders:
        blocks += _folder(folder)
    if not blocks:
        blocks.append(Text("These runs were not stored; `reprisal run` repeats and stores them."))
    return Section("manifest", "Manifest", blocks)


def _folder(folder: Path) -> list[Block]:
    opened = store.open(folder)
    found = opened.manifest
    sessions = opened.sessions()
    last = sessions[-1] if sessions else None
    terms = [("Folder", folder.name), ("Reprisal", found.reprisal)]
    terms.append(("Seed", str(found.seed)))
    if found.model is not None:
        terms.append(("Model", found.model.text))
    if last is not None:
        made = last.provenance
        commit = made.commit
        mark = "" if commit is None else f"{commit.id}{' with changes' if commit.dirty else ''}"
        terms += [("Engine", last.engine), ("Commit", mark or "not known"), ("Python", made.python)]
        terms.append(("Libraries", ", ".join(f"{k} {v}" for k, v in made.libraries.items())))
        terms.append(("Command", made.command))
    rows = [
        (entry.name, f"{entry.replicates:,}", f"{len(opened.finished(entry.name)):,}", entry.hash)
        for entry in found.scenarios
    ]
    head = ("Scenario", "Runs asked for", "Runs finished", "Hash of its values")
    return [Terms(terms), Table(f"Scenarios in {folder.name}", head, rows)]


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    else:
        yield path, value


def _declared(
    path: tuple[str, ...], known: Mapping[tuple[str, ...], Parameter]
) -> Parameter | None:
    """Find the declaration of a path, in which ``*`` stands for a name of the user."""
    for steps in product(*((step, "*") for step in path)):
        if steps in known:
            return known[steps]
    return None
