"""Put a report together: what was asked, what came out, how sure it is, and what it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.blocks import Items, Page, Section, Terms, Text
from analysis.comparison.page import reading_note
from analysis.comparison.table import base_name, compare
from analysis.report import findings, setting
from analysis.report.standing import ETHICS, limits, odd

if TYPE_CHECKING:
    from analysis.frames import Frames


def report(
    frames: Frames,
    baseline: str | None = None,
    branching: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Page:
    """Gather everything that a report says of results."""
    chosen = base_name(frames, baseline)
    table = compare(frames, chosen, findings.OUTCOMES)
    names = [chosen, *dict.fromkeys(table["scenario"])]
    same = frames.only(names)
    own = [loaded.scenario for loaded in same.scenarios.values()]
    compared = [findings.comparisons(same, table)] if len(table) else []
    read = (
        [Section("reading", "How to read the comparison", reading_note(table))] if compared else []
    )
    sections = [
        setting.question(frames, chosen),
        findings.answers(frames, table),
        setting.setting(frames, chosen),
        setting.scenarios(frames, chosen),
        findings.outcomes(same, chosen, branching),
        *compared,
        *read,
        findings.evaluation(frames),
        findings.runs(same, table),
        setting.own_values(frames, chosen),
        Section(
            "model",
            "The model in brief (after ODD)",
            [*setting.standing(frames), Terms([*odd(own).items()])],
        ),
        setting.manifest(frames),
        Section("limits", "Limits", [Items(limits(own))]),
        Section("ethics", "Ethics", [Items(ETHICS)]),
    ]
    title = frames.scenarios[chosen].scenario.title
    return Page(title, [Text(_subtitle(names))], [part for part in sections if part is not None])


def _subtitle(names: list[str]) -> str:
    others = len(names) - 1
    if not others:
        return f"Report on {names[0]}"
    return f"Report on {names[0]} and {others} scenario{'s' if others > 1 else ''} compared with it"
