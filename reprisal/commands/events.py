"""The commands about tables of events: ``describe``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import RESULTS_FOLDER, complete_scenario
from reprisal.wording import count, say, text_table

if TYPE_CHECKING:
    import pandas as pd

    from analysis.events.reading.prepare import Prepared
    from analysis.events.statistics import Description

_SHOWN = (
    "events per day", "burstiness", "memory", "fano factor", "night share", "branching ratio",
    "half-life in hours", "ratio after an order", "neighbours minus others",
    "share with size 1 or more", "size quantile",
)  # fmt: skip

_MOST_NAMES = 12
_MANY = 20_000

Events = Annotated[
    Path, typer.Argument(metavar="EVENTS", help="Table of ACLED, UCDP, GTD, or a plain one.")
]
ScenarioOf = Annotated[
    Path | None,
    typer.Option(
        "--scenario", metavar="FILE", help="Use only events of its groups and provinces.",
        autocompletion=complete_scenario,
    ),
]  # fmt: skip
MappingFile = Annotated[
    Path | None,
    typer.Option(
        "--mapping", metavar="FILE", help="File that maps names in the events to the scenario's."
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--timezone", metavar="ZONE", help="Time zone of times that state none; else UTC."
    ),
]
Start = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="Start of the period covered.",
                             show_default="first event's day"),
]  # fmt: skip
End = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="End of the period covered.",
                             show_default="last event's day"),
]  # fmt: skip
Places = Annotated[
    list[str],
    typer.Option("--place", metavar="NAME", help="Use only events there; repeat for more."),
]
Read = Annotated[
    list[str],
    typer.Option("--read", metavar="KEY=VALUE", help="Read otherwise, as dates=DD/MM/YYYY."),
]
Only = Annotated[
    list[str],
    typer.Option("--only", metavar="KIND=NAME", help="Events to keep, as type=Battles; repeat."),
]
Drop = Annotated[
    list[str], typer.Option("--drop", metavar="KIND=NAME", help="Events to drop; repeat for more.")
]
SkipInvalid = Annotated[
    bool, typer.Option("--skip-invalid", help="Leave out rows that cannot be used.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Output folder.")]


def describe(
    events: Events,
    scenario: ScenarioOf = None,
    mapping: MappingFile = None,
    place: Places = [],  # noqa: B006 - typer copies it
    order: Annotated[
        list[str],
        typer.Option(metavar="NAME=TIME", help="Name and time of an order; repeat for more."),
    ] = [],  # noqa: B006 - typer copies it
    start: Start = None,
    to: End = None,
    zone: Zone = None,
    read: Read = [],  # noqa: B006 - typer copies it
    only: Only = [],  # noqa: B006 - typer copies it
    drop: Drop = [],  # noqa: B006 - typer copies it
    skip_invalid: SkipInvalid = False,
    out: Out = None,
) -> None:
    """Describe a table of events by statistics and figures.

    See docs/event-logs.md.
    """
    orders = {name: moment(text, "--order") for name, text in pairs(order, "--order", "NAME=TIME")}
    folder = out or folder_of(events, "description")
    asked = asked_of(read, only, drop)
    prepared = load(events, scenario, mapping, place, start, to, zone, skip_invalid, asked, folder)
    patience = "; this may take minutes" if len(prepared.log) > _MANY else ""
    say(f"Computing statistics of {count(len(prepared.log), 'event')}{patience} ...")
    from analysis.events.writing import write_description

    paths, description = write_description(prepared, folder, orders)
    say(_overview(description))
    for path in paths:
        typer.echo(str(path))


def load(
    events: Path,
    scenario: Path | None,
    mapping: Path | None,
    places: list[str],
    start: str | None,
    to: str | None,
    zone: str | None,
    skip_invalid: bool,
    asked: Sequence[tuple[str, str]],
    folder: Path,
) -> Prepared:
    """Read events as the options say, and say what was left out."""
    span = span_of(start, to)
    if zone is not None:
        _check_zone(zone, scenario)
    say(f"Reading {events} ...")
    from analysis.events.reading.prepare import prepare

    with names_written(folder):
        prepared = prepare(
            events, scenario, mapping, asked=asked, zone=zone, span=span, places=places,
            skip_invalid=skip_invalid,
        )  # fmt: skip
    tell_dropped(prepared)
    return prepared


@contextmanager
def names_written(folder: Path) -> Iterator[None]:
    """Write the names, and a mapping file to fill in, where no name could be matched."""
    from analysis.events.reading.matching import UnmatchedError

    try:
        yield
    except UnmatchedError as error:
        from analysis.events.writing import write_names

        for path in write_names(error.names, folder):
            typer.echo(str(path))
        raise


def asked_of(
    read: list[str], only: Sequence[str] = (), drop: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Put the options that change how a table is read together, as keys of a mapping file."""
    asked = list(pairs(read, "--read", "KEY=VALUE"))
    for section, texts in (("only", only), ("drop", drop)):
        asked += [
            (f"{section}.{kind}", name) for kind, name in pairs(texts, f"--{section}", "KIND=NAME")
        ]
    return asked


def tell_dropped(prepared: Prepared) -> None:
    """Say how many rows were read, which were left out, and which names were of no use."""
    data = prepared.data
    out = f"{len(prepared.dropped):,} left out"
    say(f"{data.layout}: {count(data.rows, 'row')} read, {out}.")
    for about, choice, why, otherwise in prepared.choices.itertuples(index=False):
        say(f"  {about}: {choice}{f' ({why})' if why else ''}{f'; {otherwise}' * bool(otherwise)}")
    for line in (*_left_out(prepared.dropped), *_widened(prepared.data.widened)):
        say(f"  {line}")
    if prepared.data.unread:
        say(f"  columns not read: {_perhaps(prepared.data.unread)}")
    unused = prepared.names[prepared.names["how"] == "in no event"]
    if len(unused):
        names = dict(zip(unused["name"], unused["suggestion"], strict=True))
        say(f"  in the mapping but in no event: {_perhaps(names)}")


def _widened(widened: pd.DataFrame) -> Iterator[str]:
    """Say how many counts were replaced by the best one."""
    if len(widened):
        first = widened.iloc[0]
        example = f"{first['column']} {first['value']} in row {first['row']}"
        counts = count(len(widened), "low or high count")
        yield f"{counts} beyond the best count, set equal to it: {example}"


def _perhaps(names: dict[str, str]) -> str:
    """List names, each with the one that may have been meant."""
    shown = [f"{name} (perhaps {near})" if near else name for name, near in names.items()]
    rest = len(shown) - _MOST_NAMES
    return ", ".join(shown[:_MOST_NAMES]) + (f" and {rest:,} more" if rest > 0 else "")


def folder_of(events: Path, purpose: str) -> Path:
    """Name the folder for what is made of a table."""
    return Path(RESULTS_FOLDER, f"{events.name.partition('.')[0]}-{purpose}")


def _left_out(dropped: pd.DataFrame) -> Iterator[str]:
    """Count what was left out by reason, with the commonest values."""
    for reason, rows in dropped.groupby("reason", sort=False):
        common = rows["value"].value_counts().head(3)
        shown = ", ".join(f"{value or 'nothing'} ({times:,})" for value, times in common.items())
        yield f"{len(rows):,} {reason}: {shown}"


def span_of(start: str | None, to: str | None) -> tuple[datetime, datetime] | None:
    """Read the options ``--from`` and ``--to``; None without both."""
    if start is None and to is None:
        return None
    if start is None or to is None:
        raise typer.BadParameter("give --from and --to together")
    first, last = moment(start, "--from"), moment(to, "--to")
    if first >= last:
        raise typer.BadParameter(f"{to} is not later than {start}", param_hint="'--to'")
    return first, last


def moment(text: str, option: str) -> datetime:
    """Read the time that an option gives, or say what is wrong with it."""
    from sim.units import parse_local_time

    try:
        return parse_local_time(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}", param_hint=f"'{option}'") from None


def _check_zone(zone: str, scenario: Path | None) -> None:
    from zoneinfo import ZoneInfo

    if scenario is not None:
        message = f"times are read in the time zone of {scenario}"
        raise typer.BadParameter(message, param_hint="'--timezone'")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        message = f"{zone!r} is not a time zone; write one such as Asia/Baghdad"
        raise typer.BadParameter(message, param_hint="'--timezone'") from None


def pairs(texts: Sequence[str], option: str, form: str) -> Iterator[tuple[str, str]]:
    """Take options of the form NAME=VALUE apart."""
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{text!r} is not {form}", param_hint=f"'{option}'")
        yield name.strip(), value.strip()


def _overview(description: Description) -> str:
    table = description.table()
    rows = [
        (f"{row.statistic} {row.of}".rstrip(), _number(row.value), _interval(row.low, row.high),
         _interval(row.null_low, row.null_high))
        for row in table[table["statistic"].isin(_SHOWN)].itertuples()
    ]  # fmt: skip
    unsure = [
        f"Cannot be told: {row.statistic} {row.of}".rstrip() + f" ({row.note})."
        for row in table[table["note"] != ""].itertuples()
    ]
    absent = [f"Left out: {name} ({reason})." for name, reason in description.absent.items()]
    head = ("statistic", "value", "95 % interval", "null model")
    return "\n".join([text_table(head, rows), *unsure, *absent])


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _interval(low: float, high: float) -> str:
    return "-" if math.isnan(low) else f"{_number(low)} to {_number(high)}"
