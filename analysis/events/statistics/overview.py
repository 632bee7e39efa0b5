"""The page of an event log: all panels on one figure."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import style, wording
from analysis.events.statistics import panels
from analysis.events.statistics.description import Description, describe
from analysis.events.statistics.log import DAY, EventLog, period_name
from analysis.sheet import make

Drawn = Callable[[Description, Axes], Axes]
_PANELS: tuple[tuple[str, Drawn, Callable[[Description], object]], ...] = (
    ("Events and background", panels.timeline, lambda d: d.log is not None),
    ("Waiting times", panels.waits, lambda d: d.waiting),
    ("Unevenness by scale", panels.scales, lambda d: len(d.fano)),
    ("Hour of day", panels.hours, lambda d: d.daytime),
    ("Severity", panels.sizes, lambda d: d.severity),
    ("Self-excitation, residual check", panels.residuals, lambda d: d.excitation),
    ("Orders and placebo dates", panels.orders, lambda d: d.orders),
    ("Neighbouring provinces", panels.places, lambda d: d.proximity),
)
_ROW_HEIGHT = 2.1
_NOTE = (
    "Dotted line: what a Poisson process or a flat profile would give. Vertical bars and numbers"
    " in brackets are 95 % intervals; grey is the 95 % band of a Poisson process, or the night"
    " (hour of day); n is the branching ratio."
)


def figure(log: EventLog, fig: Figure, description: Description | None = None) -> Figure:
    """Draw one panel per statistic that the log allows on a figure of page width.

    About 2.1 inch are needed for every two panels; `sheet` makes a page with a title.
    """
    description = describe(log) if description is None else description
    drawn = _drawn(description)
    with style.context():
        axes = fig.subplots(_rows(description), 2, squeeze=False).flat
        for (title, draw), ax in zip(drawn, axes, strict=False):
            draw(description, ax)
            ax.set_title(title)
        for ax in axes[len(drawn) :]:
            ax.remove()
    return fig


def sheet(log: EventLog, description: Description | None = None) -> Figure:
    """Make a titled sheet of panels, ready for `analysis.files.write_figures`.

    Parameters
    ----------
    log, description
        As in `figure`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    description = describe(log) if description is None else description
    events, days = wording.plural(len(log), "event"), wording.plural(round(log.length / 24), "day")
    note = (
        f"{events} in {days}, recorded to {_resolution(log.resolution)}.",
        _NOTE,
        _left_out(description),
    )
    with style.context():
        height = _ROW_HEIGHT * _rows(description)
        return figure(log, make(f"Event log: {log.name}", note, height), description)


def _drawn(description: Description) -> list[tuple[str, Drawn]]:
    return [(title, draw) for title, draw, has in _PANELS if has(description)]


def _rows(description: Description) -> int:
    return -(-len(_drawn(description)) // 2)


def _left_out(description: Description) -> str:
    """Say which statistics the log does not allow, and why."""
    reasons = "; ".join(f"{name} ({reason})" for name, reason in description.absent.items())
    return f"Left out: {reasons}." if reasons else ""


def _resolution(hours: float) -> str:
    if hours > DAY:
        return f"the {period_name(hours)}"
    for unit, name in ((24.0, "day"), (1.0, "hour"), (1 / 60, "minute"), (1 / 3600, "second")):
        if hours >= unit * (1 - 1e-9):
            amount = hours / unit
            return f"the {name}" if round(amount, 6) == 1 else f"{amount:g} {name}s"
    return "less than a second"
