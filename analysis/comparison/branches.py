"""Outcomes and comparisons split by the branch that a political event took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

import pandas as pd

from analysis import tables
from analysis.comparison.table import RELEVANT, TAIL, base_name, compare, judged, outcome_names
from analysis.frames import Frames

NOT_HELD = "not held"
_EVENT = "event"


def events(frames: Frames) -> list[str]:
    """Calendar events with branches in any scenario, in order of first appearance."""
    found = [
        key
        for loaded in frames.scenarios.values()
        for key, event in loaded.scenario.calendar.items()
        if event.branches
    ]
    return list(dict.fromkeys(found))


def branches(frames: Frames, event: str) -> pd.DataFrame:
    """Tell which branch the first date of an event took in each run.

    One row per run: ``scenario``, ``replicate`` and ``branch``, ``not held`` where the event did
    not take place. Later dates of an event that was moved depend on the first and on how long the
    run is; the first splits runs by one draw alone. An unknown event raises ValueError.
    """
    known = events(frames)
    if event not in known:
        near = get_close_matches(event, known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        listed = f"there are {', '.join(known)}" if known else "no scenario has one"
        raise ValueError(f"no event {event!r} with branches: {listed}{hint}")
    orders = frames.table("orders", ["replicate", "tick", "order", "action"])
    held = orders[orders["action"] == _EVENT].astype({"order": object})
    held = held[held["order"].str.startswith(f"{event}.")].sort_values("tick", kind="stable")
    first = held.drop_duplicates(["scenario", "replicate"]).astype({"scenario": object})
    runs = frames.runs[["scenario", "replicate"]].astype({"scenario": object})
    rows = runs.merge(first, on=["scenario", "replicate"], how="left")
    branch = rows["order"].str.removeprefix(f"{event}.").fillna(NOT_HELD)
    table = rows[["scenario", "replicate"]].assign(branch=branch)
    return table.assign(scenario=frames.labels(table["scenario"]))


def branch_names(frames: Frames, taken: pd.DataFrame, event: str) -> list[str]:
    """Branches that any run took, as the files order them; ``not held`` last."""
    written = [
        name
        for loaded in frames.scenarios.values()
        for name in getattr(loaded.scenario.calendar.get(event), "branches", {})
    ]
    taken_names = set(taken["branch"])
    return [name for name in dict.fromkeys([*written, NOT_HELD]) if name in taken_names]


def summary_by_branch(
    frames: Frames, event: str, outcomes: Sequence[str] | None = None
) -> pd.DataFrame:
    """Summarise outcomes over the runs that took each branch of an event.

    As `analysis.summary`, with ``branch`` and the ``share`` of the scenario's runs that took it.
    """
    names = outcome_names(frames, outcomes)
    totals = frames.runs["scenario"].value_counts()
    parts = []
    for branch, own in split(frames, event):
        part = tables.summary(own)
        counts = own.runs["scenario"].value_counts()
        share = part["scenario"].astype(object).map(counts / totals)
        parts.append(part.assign(branch=branch, share=share.astype(float)))
    table = pd.concat(parts, ignore_index=True)
    return table[table["outcome"].isin(names)].reset_index(drop=True)


def compare_by_branch(
    frames: Frames,
    event: str,
    baseline: str | None = None,
    outcomes: Sequence[str] | None = None,
    *,
    tail: float = TAIL,
    relevant: float = RELEVANT,
) -> pd.DataFrame:
    """Compare scenarios with a baseline among the runs that took the same branch of an event.

    What a lever is worth after one ruling and after another. As `analysis.compare`, with
    ``branch``; all rows together are the family of tests. Pairs are runs with the same random
    numbers that both took the branch; as branches are drawn alike in scenarios that do not change
    their probabilities, most pairs stay together. Branches that no run of the baseline took are
    left out.
    """
    chosen = base_name(frames, baseline)
    parts = [
        compare(own, chosen, outcomes, tail=tail, relevant=relevant).assign(branch=branch)
        for branch, own in split(frames, event)
        if (own.runs["scenario"] == chosen).any()
    ]
    table = pd.concat(parts, ignore_index=True)
    places = [
        table[key].map(list(dict.fromkeys(known)).index)
        for key, known in (
            ("scenario", frames.scenarios),
            ("outcome", outcome_names(frames, outcomes)),
        )
    ]
    order = pd.concat(places, axis=1).sort_values(["scenario", "outcome"], kind="stable").index
    return judged(table.loc[order].reset_index(drop=True))


def split(frames: Frames, event: str) -> Iterator[tuple[str, Frames]]:
    """Part results by the branch taken."""
    taken = branches(frames, event)
    for branch in branch_names(frames, taken, event):
        keep = taken[taken["branch"] == branch]
        yield branch, _only(frames, frames.runs, keep)


def _only(frames: Frames, runs: pd.DataFrame, keep: pd.DataFrame) -> Frames:
    here = pd.MultiIndex.from_frame(runs[["scenario", "replicate"]].astype(object))
    wanted = pd.MultiIndex.from_frame(keep[["scenario", "replicate"]].astype(object))
    own = replace(frames)
    own.__dict__["runs"] = runs[here.isin(wanted)].reset_index(drop=True)
    return own
