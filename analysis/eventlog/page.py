"""The page of an event log: all panels on one figure."""

from __future__ import annotations

from matplotlib.figure import Figure

from analysis import page, style
from analysis.eventlog import panels
from analysis.eventlog.description import Description, describe
from analysis.eventlog.log import EventLog

_PANELS = (
    ("Events and background", panels.timeline),
    ("Waiting times", panels.waits),
    ("Unevenness by scale", panels.scales),
    ("Hour of day", panels.hours),
    ("Severity", panels.sizes),
    ("Self-excitation, residual check", panels.residuals),
    ("Orders and placebo dates", panels.orders),
    ("Neighbouring provinces", panels.places),
)
HEIGHT = 8.4
_NOTE = (
    "Dotted line: what a Poisson process or a flat profile would give. Numbers in brackets are"
    " 95 % intervals; n is the branching ratio."
)


def figure(log: EventLog, fig: Figure, found: Description | None = None) -> Figure:
    """Draw one panel per statistic.

    Parameters
    ----------
    log : EventLog
        What to describe.
    fig : matplotlib.figure.Figure
        Where to draw: page width, about 8.4 inch high; `sheet` makes one with a title.
    found : Description, optional
        From `describe`; computed without orders and neighbours when left out.

    Returns
    -------
    matplotlib.figure.Figure
        The same figure. A panel that the log does not allow says why.
    """
    found = describe(log) if found is None else found
    with style.context():
        axes = fig.subplots(4, 2, squeeze=False)
        for (title, draw), ax in zip(_PANELS, axes.flat, strict=True):
            draw(found, ax)
            ax.set_title(title)
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
    days = log.length / 24
    note = (
        f"{len(log):,} events in {days:,.0f} days, recorded to {_resolution(log.resolution)}.",
        _NOTE,
    )
    with style.context():
        return figure(log, page.page(f"Event log: {log.name}", note, HEIGHT), found)


def _resolution(hours: float) -> str:
    for unit, name in ((24.0, "day"), (1.0, "hour"), (1 / 60, "minute"), (1 / 3600, "second")):
        if hours >= unit * (1 - 1e-9):
            amount = hours / unit
            return f"the {name}" if round(amount, 6) == 1 else f"{amount:g} {name}s"
    return "less than a second"
