"""The command about forecasts of a table of events: ``forecast``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reprisal.commands.events import (
    Drop,
    End,
    Events,
    MappingFile,
    Only,
    Out,
    Read,
    ScenarioOf,
    SkipInvalid,
    Start,
    Zone,
    asked_of,
    folder_of,
    load,
    moment,
)
from reprisal.progress import Countdown
from reprisal.wording import count, say, text_table

if TYPE_CHECKING:
    import pandas as pd

    from analysis.events.forecast import Forecaster, Plan
    from analysis.events.reading.prepare import Prepared
    from analysis.events.statistics import EventLog

_SHORTEST_WINDOW, _WINDOW = 24.0, 168.0
_FEW = "Fewer than 8 stretches of forecasts do not overlap: too few for intervals."
_MANY = 1_000_000  # events at all origins


def forecast(
    events: Events,
    scenario: ScenarioOf = None,
    mapping: MappingFile = None,
    place: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="Forecast this place too; repeat for more."),
    ] = [],  # noqa: B006 - typer copies it
    train_until: Annotated[
        str | None,
        typer.Option(
            "--train-until", metavar="TIME", help="First forecast origin; else the middle."
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Results folder of --scenario at draws from its prior."),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH",
            help="Length of a forecast window.",
            show_default="7d, or the period of counts",
        ),
    ] = None,
    windows: Annotated[int, typer.Option(metavar="N", min=1, help="Number of windows ahead.")] = 4,
    start: Start = None,
    to: End = None,
    zone: Zone = None,
    read: Read = [],  # noqa: B006 - typer copies it
    only: Only = [],  # noqa: B006 - typer copies it
    drop: Drop = [],  # noqa: B006 - typer copies it
    skip_invalid: SkipInvalid = False,
    out: Out = None,
) -> None:
    """Test how well past events predict the next ones.

    Forecasts are made from rolling origins and scored; --model adds the runs of a scenario as
    one more forecaster. See docs/forecast.md.
    """
    if model is not None:
        from sim.extras import need

        need("events", "forecast --model")
    asked_width = None if window is None else _window(window)
    first = None if train_until is None else moment(train_until, "--train-until")
    folder, asked = out or folder_of(events, "forecast"), asked_of(read, only, drop)
    prepared = load(events, scenario, mapping, [], start, to, zone, skip_invalid, asked, folder)
    from analysis.events.forecast import ALL, REFERENCE, Horizon, Plan, standard, write_forecast
    from analysis.events.reading.prepare import check_places

    there = prepared.steady.place
    check_places(prepared.data, set() if there is None else set(there), place)
    width = _fitting(asked_width, prepared)
    origin = None if first is None else prepared.steady.hours_at(first)
    plan = Plan(Horizon(width, windows, (ALL, *place)), origin)
    _check(prepared, plan)
    forecasters = [*standard()]
    if model is not None:
        forecasters.append(_model(model, scenario, prepared, plan))
    said = Countdown("origin")
    paths, scores, best = write_forecast(prepared, forecasters, plan, folder, tell=said)
    if scores["cover_90_low"].isna().all():
        say(_FEW)
    for name in plan.horizon.series:
        say(f"\n{name or 'All events'}\n{_table(scores[scores['series'] == name], REFERENCE)}")
        for line in _winners(best[best["series"] == name]):
            say(line)
    for path in paths:
        typer.echo(str(path))


def _model(folder: Path, scenario: Path | None, prepared: Prepared, plan: Plan) -> Forecaster:
    """Read the runs of a scenario; they must cover what is forecast."""
    if scenario is None:
        message = "needs --scenario, whose provinces and groups the events are given"
        raise typer.BadParameter(message, param_hint="'--model'")
    from analysis import load as load_results
    from analysis.events.calibration import reference
    from analysis.events.forecast import Simulated
    from analysis.events.forecast.plan import history

    simulated = Simulated(reference.read(load_results(folder), scenario.stem))
    try:
        for origin in plan.origins(prepared.steady):
            simulated.offset(history(prepared.steady, origin), plan.horizon)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--model'") from None
    return simulated


def _window(text: str) -> float:
    from sim.units import parse_duration

    try:
        hours = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}", param_hint="'--window'") from None
    if hours < _SHORTEST_WINDOW:
        raise typer.BadParameter(f"{text} is below 1d, the shortest", param_hint="'--window'")
    return hours


def _fitting(width: float | None, prepared: Prepared) -> float:
    """Give the length of a window [h]; events counted by a period need whole ones."""
    grain = prepared.steady.resolution if prepared.data.period else 0.0
    if width is None:
        return max(grain, _WINDOW)
    if grain and (width < grain or abs(width / grain - round(width / grain)) > 1e-9):
        lengths = f"{grain / 24:g}d, {2 * grain / 24:g}d and so on"
        message = f"the table counts events by {prepared.data.period}: windows can be {lengths}"
        raise typer.BadParameter(message, param_hint="'--window'")
    return width


def _check(prepared: Prepared, plan: Plan) -> None:
    log = prepared.steady
    try:
        origins = len(plan.origins(log))
    except ValueError as error:
        start, end = (f"{time:%Y-%m-%dT%H:%M}" for time in log.at([0, log.length]))
        need = f"this needs {_span(plan.needed(log))}, and the log has {_span(log.length)}"
        dates = f"from {start} to {end}"
        reason = f"the log is too short: {error}; {need}, {dates}; {_way_out(log, plan)}"
        raise typer.BadParameter(reason) from None
    if origins * len(log) > _MANY:
        say(f"{count(origins, 'origin')} of {count(len(log), 'event')}; this may take minutes ...")


def _way_out(log: EventLog, plan: Plan) -> str:
    """Say which windows, or which origin, a log allows."""
    from analysis.events.forecast import Horizon, Plan

    grain = max(log.resolution, _SHORTEST_WINDOW)
    widths = sorted({plan.horizon.width, 72.0, grain} - {0.0}, reverse=True)
    tries = [
        (width, windows, first)
        for first in dict.fromkeys([plan.first, None])
        for width in widths if grain <= width <= plan.horizon.width and width % grain < 1e-9
        for windows in range(plan.horizon.windows, 0, -1)
    ]  # fmt: skip
    for width, windows, first in tries:
        try:
            Plan(Horizon(width, windows), first).origins(log)
        except ValueError:
            continue
        origin = " without --train-until" if plan.first is not None and first is None else ""
        return f"try --window {width / 24:g}d --windows {windows}{origin}"
    return "no forecast fits; --from and --to say what the table covers"


def _span(hours: float) -> str:
    """Write a length of time in weeks, or in days where it is short."""
    weeks = hours / 168
    return f"{weeks:.3g} weeks" if weeks >= 2 else f"{hours / 24:.3g} days"


def _table(scores: pd.DataFrame, against: str) -> str:
    """Write the table of scores, the whole horizon last."""
    head = ("forecaster", "ahead", "CRPS", f"skill against {against}", "log score", "in 50 %",
            "in 90 %")  # fmt: skip
    rows = [
        (row.forecaster, _ahead(row.lead), f"{row.crps:.3g}", _skill(row, against),
         f"{row.log_score:.2f}", f"{row.cover_50:.2f}", f"{row.cover_90:.2f}")
        for row in scores.sort_values("lead", key=_whole_last, kind="stable").itertuples()
    ]  # fmt: skip
    return text_table(head, rows)


def _ahead(lead: int) -> str:
    return str(lead) if lead else "all"


def _whole_last(lead: pd.Series) -> pd.Series:
    return lead.where(lead > 0, lead.max() + 1)


def _skill(row: Any, against: str) -> str:
    if row.forecaster == against:
        return "-"
    return f"{row.skill:.2f}{_interval(row.skill_low, row.skill_high, '.2f')}"


def _winners(best: pd.DataFrame) -> Iterator[str]:
    """Say who wins at each lead, and whether by more than chance."""
    for row in best.sort_values("lead", key=_whole_last).itertuples():
        ahead = f"Window {row.lead}" if row.lead else "All windows"
        if math.isnan(row.gain_low):
            yield f"{ahead}: {row.best} is best, its CRPS {row.gain:.3g} less than {row.next}'s."
            continue
        sure = "clearly" if row.clear else "not clearly"
        interval = f"{row.gain:.3g} ({row.gain_low:.3g} to {row.gain_high:.3g})"
        yield f"{ahead}: {row.best} is best, {sure} before {row.next}; its CRPS is {interval} less."


def _interval(low: float, high: float, form: str) -> str:
    return "" if math.isnan(low) else f" ({low:{form}} to {high:{form}})"
