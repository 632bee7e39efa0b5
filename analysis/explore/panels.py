"""What panels about the parameters of a design have in common."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from analysis import style

WIDTH = 28


def parameter_rows(ax: Axes, labels: Sequence[str], below: float) -> None:
    """Make a panel of one row for each parameter, the first at 0 and the others below it."""
    ax.set_yticks(range(0, -len(labels), -1), [style.wrap(each, WIDTH) for each in labels])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-len(labels) + 1 - below, 0.6)


def reach(value: float, low: float, high: float) -> list[list[float]]:
    """Give the arms of an error bar; an estimate beside its interval has one of length 0."""
    return [[max(0.0, value - low)], [max(0.0, high - value)]]
