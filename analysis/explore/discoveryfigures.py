"""A discovered box as a figure, and as a scenario file that can be run; all its files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from analysis import sheet, style
from analysis.explore.designs import Explored, write_range
from analysis.explore.discovery import Discovery, discover, narrowed
from analysis.explore.discoverypage import METHOD, box_table, discovery_page, summary
from analysis.explore.stopping import read_event
from analysis.files import csv, write
from analysis.kinds import USUAL
from analysis.rendering import markdown
from sim import scenario
from sim.scenario.designs import Design, apply
from sim.scenario.loading import with_design_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.frames import Frames

LONGEST_TITLE = 120
IN, OUT = style.LOOKS[0].colour, "0.85"


def box_panel(discovery: Discovery, explored: Explored, ax: Axes) -> Axes:
    """Draw the part of each restricted range that lies in the box."""
    places = sorted({limit.column for limit in discovery.limits})
    for row, place in enumerate(places):
        varied = explored.design.ranges[place]
        some = narrowed(explored, discovery).design.ranges[place]
        first, last = (_share(varied, value) for value in (some.low, some.high))
        ax.barh(-row, 1, 0.5, color=OUT)
        ax.barh(-row, last - first, 0.5, left=first, color=IN)
        for at, value, side in ((first, some.low, "left"), (last, some.high, "right")):
            text = write_range(explored.design, varied, value)
            ax.text(at, -row - 0.46, text, ha=side, va="center", fontsize=style.SMALL_SIZE)
    style.parameter_rows(ax, [explored.labels[place] for place in places], 0.8)
    ax.set_xlim(-0.01, 1.01)
    ax.set_xticks([0, 1], ["low end", "high end"])
    ax.set_title("The box in the ranges of the design")
    if not places:
        style.say(ax, "No condition helps")
    return ax


def trade_panel(discovery: Discovery, ax: Axes) -> Axes:
    """Draw coverage against density of all boxes, and what the chosen one is worth."""
    table, held = discovery.trajectory, discovery.held_out
    trained = discovery.training
    ax.plot(table["coverage"], table["density"], color="0.6", linewidth=0.8, marker=".",
            markersize=3, label="boxes, on the points that chose")  # fmt: skip
    ax.plot(trained.coverage[0], trained.density[0], "s", color=style.LOOKS[1].colour,
            markersize=5, label="the box, on the points that chose")  # fmt: skip
    arms = [style.reach(*share) for share in (held.coverage, held.density)]
    if np.isfinite(arms).all():
        ax.errorbar(held.coverage[0], held.density[0], xerr=arms[0], yerr=arms[1], color=IN,
                    marker="o", markersize=4.5, capsize=1.8, linewidth=0.9, linestyle="none",
                    label="the box, on the other points (95 %)")  # fmt: skip
    ax.axhline(held.share, **style.GUIDE)
    ax.text(0.01, held.share, "all runs", va="bottom", fontsize=style.SMALL_SIZE, color="0.3")
    ax.set_xlim(0, 1.03)
    ax.set_ylim(0, 1.03)
    ax.set_xlabel("Coverage (share of all such runs in the box)")
    ax.set_ylabel("Density (share of the box's runs)")
    ax.set_title("What boxes are worth")
    ax.legend(loc="upper left", bbox_to_anchor=(0.0, -0.2), borderaxespad=0.0)
    return ax


def box_sheet(discovery: Discovery, explored: Explored) -> Figure:
    """Draw the box and its trade-off."""
    rows = len({limit.column for limit in discovery.limits})
    with style.context():
        figure = sheet.make(
            f"Where {discovery.event.text} is common in {explored.name}",
            [summary(discovery, explored), METHOD],
            max(3.1, 1.3 + 0.42 * rows),
        )
        left, right = figure.subplots(1, 2)
        box_panel(discovery, explored, left)
        trade_panel(discovery, right)
    return figure


def box_scenario(discovery: Discovery, explored: Explored) -> str:
    """Write a scenario file that runs inside the box."""
    design = narrowed(explored, discovery).design
    middles = {
        design.ranges[place].path: _middle(design, place)
        for place in {limit.column for limit in discovery.limits}
    }
    resolved = apply(explored.loaded.resolved, design, middles)
    title = f"{resolved['title']}: where {discovery.event.text}"
    resolved["title"] = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"
    loaded = scenario.from_resolved(f"{explored.loaded.name}-box", resolved)
    return scenario.dump(with_design_of(loaded, design))


def write_discovery(
    frames: Frames,
    where: str,
    scenario_name: str | None = None,
    box: int | None = None,
    out: Path | None = None,
    formats: Sequence[str] = USUAL,
) -> tuple[list[Path], str]:
    """Find a box for an event such as ``killed > 30``, and write it.

    Gives the files and what was found, in words. A ConditionError says that the event cannot be
    read, a LoadError that there is no design, or too few runs with or without the event.
    """
    from analysis.explore.designs import explored as find

    event = read_event(where)
    runs = find(frames, scenario_name)
    discovery = discover(runs, event, box)
    folder = out or frames.folders[0] / "discovery"
    texts = {
        "box.csv": csv(box_table(discovery, runs)),
        "trajectory.csv": csv(discovery.trajectory.rename_axis("box").reset_index()),
        "discovery.md": markdown(discovery_page(discovery, runs)),
        f"{runs.loaded.name}-box.yaml": box_scenario(discovery, runs),
    }
    sheets = [("box", box_sheet(discovery, runs))]
    return write(folder, texts, sheets, formats), summary(discovery, runs)


def _share(varied: object, value: float) -> float:
    low, high, log = (getattr(varied, name) for name in ("low", "high", "log"))
    if log:
        return float(np.log(value / low) / np.log(high / low))
    return float((value - low) / (high - low))


def _middle(design: Design, place: int) -> float:
    from sim.scenario.designs.sampling import within

    return float(within(design.ranges[place], np.array([0.5]))[0])
