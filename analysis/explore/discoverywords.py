"""A discovered box as words and tables."""

from __future__ import annotations

import pandas as pd

from analysis import wording
from analysis.explore.designs import Explored, write_range
from analysis.explore.discovery import Discovery, narrowed
from analysis.export import grid

METHOD = (
    "Box by PRIM (EMA workbench) from two thirds of the points; shares from the other third, with"
    " 95 % intervals over points."
)


def conditions(made: Discovery, explored: Explored) -> list[str]:
    """Write the box as conditions on parameters."""
    lines = []
    for place, varied in enumerate(explored.design.ranges):
        its = [limit for limit in made.limits if limit.column == place]
        words = [
            f"{word} {write_range(explored.design, varied, limit.value)}"
            for word, limit in sorted(("from" if each.low else "up to", each) for each in its)
        ]
        if words:
            lines.append(f"{varied.path} {' '.join(words)}")
    return lines


def box_table(made: Discovery, explored: Explored) -> pd.DataFrame:
    """Table the box."""
    cut = narrowed(explored, made).design.ranges
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


def summary(made: Discovery, explored: Explored) -> str:
    """Say in words what was found, from the points that were held out."""
    held = made.held_out
    what = made.event.text
    if not made.limits:
        return f"No condition on the parameters makes {what} clearly more common."
    listed = "; ".join(conditions(made, explored))
    doubt = held.density[1] <= held.share
    return (
        f"{what} in {_percent(held.density)} of the runs with {listed}, against"
        f" {100 * held.share:.0f} % of all runs; the box holds {_percent(held.coverage)} of all"
        f" runs with {what}."
    ) + (" That may be chance." if doubt else "")


def markdown(made: Discovery, explored: Explored) -> str:
    """Write the discovery for a reader."""
    rows = [
        (name, f"{q.inside:,} of {q.runs:,}", f"{100 * q.share:.1f} %", _percent(q.density),
         _percent(q.coverage))
        for name, q in (("chose the box", made.found), ("held out", made.held_out))
    ]  # fmt: skip
    head = ("points that", "runs inside", "all runs", "density (95 %)", "coverage (95 %)")
    parts = [
        f"# Where {made.event.text} is common in {explored.name}",
        summary(made, explored),
        METHOD,
        grid(head, rows),
    ]
    found = conditions(made, explored)
    if found:
        parts.append("## Conditions\n\n" + "\n".join(f"- `{line}`" for line in found))
    return "\n\n".join(parts) + "\n"


def _percent(share: tuple[float, float, float]) -> str:
    value, low, high = (100 * part for part in share)
    return wording.estimate(value, low, high) + " %"
