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
from reprisal.wording import count, say, text_table

if TYPE_CHECKING:
    import pandas as pd

    from analysis.events.forecast import Forecaster, Plan
    from analysis.events.reading.prepare import Prepared

_SHORTEST_WINDOW = 24.0
_FEW = "Fewer than 8 stretches of forecasts do not overlap: too few for intervals."
_TELL_EVERY = 10


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
        str, typer.Option(metavar="LENGTH", help="Length of a forecast window.")
    ] = "7d",
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
    width = _window(window)
    first = None if train_until is None else moment(train_until, "--train-until")
    folder, asked = out or folder_of(events, "forecast"), asked_of(read, only, drop)
    prepared = load(events, scenario, mapping, [], start, to, zone, skip_invalid, asked, folder)
    from analysis.events.forecast import ALL, REFERENCE, Horizon, Plan, standard, write_forecast
    from analysis.events.reading.prepare import check_places

    there = prepared.log.place
    check_places(prepared.data, set() if there is None else set(there), place)
    origin = None if first is None else prepared.log.hours_at(first)
    plan = Plan(Horizon(width, windows, (ALL, *place)), origin)
    _check(prepared, plan)
    forecasters = [*standard()]
    if model is not None:
        forecasters.append(_model(model, scenario, prepared, plan))
    paths, scores, best = write_forecast(prepared, forecasters, plan, folder, tell=_tell)
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
        for origin in plan.origins(prepared.log):
            simulated.offset(history(prepared.log, origin), plan.horizon)
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


def _check(prepared: Prepared, plan: Plan) -> None:
    log = prepared.log
    try:
        plan.origins(log)
    except ValueError as error:
        times = log.at([0, log.length, plan.last(log)])
        start, end, last = (f"{time:%Y-%m-%dT%H:%M}" for time in times)
        dates = f"the log goes from {start} to {end}, the last origin can be {last}"
        raise typer.BadParameter(f"the log is too short: {error}; {dates}") from None


def _tell(done: int, total: int) -> None:
    if done == 1 or done % _TELL_EVERY == 0 or done == total:
        say(f"{done:,} of {count(total, 'origin')}")


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
