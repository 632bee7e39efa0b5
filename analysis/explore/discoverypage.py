"""A discovered box as a page, and as a table."""

from __future__ import annotations

import pandas as pd

from analysis import wording
from analysis.blocks import Block, Items, Page, Section, Table, Text
from analysis.explore.designs import Explored, write_range
from analysis.explore.discovery import Discovery, narrowed

METHOD = (
    "Box by PRIM (EMA workbench) from two thirds of the points; shares from the other third, with"
    " 95 % intervals over points."
)


def conditions(discovery: Discovery, explored: Explored) -> list[str]:
    """Write the box as conditions on parameters."""
    lines = []
    for place, varied in enumerate(explored.design.ranges):
        limits = [limit for limit in discovery.limits if limit.column == place]
        words = [
            f"{word} {write_range(explored.design, varied, limit.value)}"
            for word, limit in sorted(("from" if each.low else "up to", each) for each in limits)
        ]
        if words:
            lines.append(f"{varied.path} {' '.join(words)}")
    return lines


def box_table(discovery: Discovery, explored: Explored) -> pd.DataFrame:
    """Table the box."""
    cut = narrowed(explored, discovery).design.ranges
    return pd.DataFrame(
        [
            {
                "parameter": whole.path,
                "low": some.low,
                "high": some.high,
                "range_low": whole.low,
                "range_high": whole.high,
                "restricted": (some.low, some.high) != (whole.low, whole.high),
            }
            for some, whole in zip(cut, explored.design.ranges, strict=True)
        ]
    )


def summary(discovery: Discovery, explored: Explored) -> str:
    """Say in words what was found, from the points that were held out."""
    held = discovery.held_out
    what = discovery.event.text
    if not discovery.limits:
        return f"No condition on the parameters makes {what} clearly more common."
    listed = "; ".join(conditions(discovery, explored))
    doubt = held.density[1] <= held.share
    return (
        f"{what} in {_percent(held.density)} of the runs with {listed}, against"
        f" {100 * held.share:.0f} % of all runs; the box holds {_percent(held.coverage)} of all"
        f" runs with {what}."
    ) + (" That may be chance." if doubt else "")


def discovery_page(discovery: Discovery, explored: Explored) -> Page:
    """Show the box, its conditions and what it is worth."""
    rows = [
        (name, f"{q.inside:,} of {q.runs:,}", f"{100 * q.share:.1f} %", _percent(q.density),
         _percent(q.coverage))
        for name, q in (("chose the box", discovery.training), ("held out", discovery.held_out))
    ]  # fmt: skip
    head = ("points that", "runs inside", "all runs", "density (95 %)", "coverage (95 %)")
    lead: list[Block] = [Text(summary(discovery, explored)), Text(METHOD), Table("", head, rows)]
    lines = [f"`{line}`" for line in conditions(discovery, explored)]
    sections = [Section("conditions", "Conditions", [Items(lines)])] if lines else []
    return Page(f"Where {discovery.event.text} is common in {explored.name}", lead, sections)


def _percent(share: tuple[float, float, float]) -> str:
    value, low, high = (100 * part for part in share)
    return wording.estimate(value, low, high) + " %"
