"""The page of an event log: all panels on one figure."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import page, style, wording
from analysis.eventlog import panels
from analysis.eventlog.description import Description, describe
from analysis.eventlog.log import EventLog

Drawn = Callable[[Description, Axes], Axes]
_PANELS: tuple[tuple[str, Drawn, Callable[[Description], object]], ...] = (
    ("Events and background", panels.timeline, lambda found: found.log is not None),
    ("Waiting times", panels.waits, lambda found: found.waiting),
    ("Unevenness by scale", panels.scales, lambda found: len(found.fano)),
    ("Hour of day", panels.hours, lambda found: found.daytime),
    ("Severity", panels.sizes, lambda found: found.severity),
    ("Self-excitation, residual check", panels.residuals, lambda found: found.excitation),
    ("Orders and placebo dates", panels.orders, lambda found: found.orders),
    ("Neighbouring provinces", panels.places, lambda found: found.proximity),
)
_ROW_HEIGHT = 2.1
_NOTE = (
    "Dotted line: what a Poisson process or a flat profile would give. Vertical bars and numbers"
    " in brackets are 95 % intervals; grey is the 95 % band of a Poisson process, or the night"
    " (hour of day); n is the branching ratio."
)


def figure(log: EventLog, fig: Figure, found: Description | None = None) -> Figure:
    """Draw one panel per statistic.

    Parameters
    ----------
    log : EventLog
        What to describe.
    fig : matplotlib.figure.Figure
        Where to draw: page width, about 2.1 inch high for every two panels; `sheet` makes one
        with a title.
    found : Description, optional
        From `describe`; computed without orders and neighbours when left out.

    Returns
    -------
    matplotlib.figure.Figure
        The same figure. Statistics that the log does not allow have no panel.
    """
    found = describe(log) if found is None else found
    drawn = _drawn(found)
    with style.context():
        axes = fig.subplots(_rows(found), 2, squeeze=False).flat
        for (title, draw), ax in zip(drawn, axes, strict=False):
            draw(found, ax)
            ax.set_title(title)
        for ax in axes[len(drawn) :]:
            ax.remove()
    return fig


def sheet(log: EventLog, found: Description | None = None) -> Figure:
    """Make a titled page of panels, ready for `analysis.page.save`.

    Parameters
    ----------
    log, found
        As in `figure`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    found = describe(log) if found is None else found
    events, days = wording.plural(len(log), "event"), wording.plural(round(log.length / 24), "day")
    note = (
        f"{events} in {days}, recorded to {_resolution(log.resolution)}.",
        _NOTE,
        _left_out(found),
    )
    with style.context():
        height = _ROW_HEIGHT * _rows(found)
        return figure(log, page.page(f"Event log: {log.name}", note, height), found)


def _drawn(found: Description) -> list[tuple[str, Drawn]]:
    return [(title, draw) for title, draw, has in _PANELS if has(found)]


def _rows(found: Description) -> int:
    return -(-len(_drawn(found)) // 2)


def _left_out(found: Description) -> str:
    """Say which statistics the log does not allow, and why."""
    reasons = "; ".join(f"{name} ({reason})" for name, reason in found.absent.items())
    return f"Left out: {reasons}." if reasons else ""


def _resolution(hours: float) -> str:
    for unit, name in ((24.0, "day"), (1.0, "hour"), (1 / 60, "minute"), (1 / 3600, "second")):
        if hours >= unit * (1 - 1e-9):
            amount = hours / unit
            return f"the {name}" if round(amount, 6) == 1 else f"{amount:g} {name}s"
    return "less than a second"
