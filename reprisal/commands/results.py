"""The commands about results folders: ``status`` and ``plot``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import Folder, Folders
from reprisal.wording import count, duration, failure_list, rate, say, tell, text_table

if TYPE_CHECKING:
    from sim.store import Store, Summary

FORMATS = ("png", "svg", "pdf")


def status(
    folder: Folder,
    failures: Annotated[
        bool, typer.Option("--failures", help="Show the traceback of each failed run.")
    ] = False,
) -> None:
    """Say how far a batch is, and what to do next."""
    from sim import store

    results = store.open(folder)
    if failures:
        _print_failures(results)
        return
    summary = results.summary()
    rows = [
        (row.name, f"{row.wanted:,}", f"{row.done:,}", f"{row.failed:,}", f"{row.missing:,}")
        for row in summary.scenarios
    ]
    tell(text_table(("scenario", "wanted", "done", "failed", "missing"), rows))
    for line in (*_activity(summary), *_advice(results, summary)):
        tell(line)


def plot(
    folders: Folders,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to write.", show_default="DIR/figures"),
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", metavar="LIST", help="png, svg and pdf, with commas between.")
    ] = "png,svg",
    reported: Annotated[
        bool, typer.Option("--reported", help="Show what reporters saw, not what happened.")
    ] = False,
) -> None:
    """Draw the figures and summary tables of results.

    The first scenario of the first folder is the baseline of comparisons.
    """
    draw(folders, out, checked_formats(formats), reported)


def checked_formats(formats: str) -> list[str]:
    """Part the value of ``--format`` and refuse what is unknown.

    Parameters
    ----------
    formats : str
        Names with commas between.

    Returns
    -------
    list of str

    Raises
    ------
    typer.BadParameter
        For an unknown format.
    """
    names = [name.strip() for name in formats.split(",")]
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        known = ", ".join(FORMATS)
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {known}", param_hint="'--format'")
    return names


def draw(
    folders: Sequence[Path],
    out: Path | None = None,
    formats: Sequence[str] = ("png", "svg"),
    reported: bool = False,
) -> None:
    """Draw figures and list the written files on standard output.

    Parameters
    ----------
    folders : sequence of Path
        Results folders.
    out : Path, optional
        Where to write; ``figures`` in the first folder by default.
    formats : sequence of {"png", "svg", "pdf"}
        File formats.
    reported : bool
        Show what reporters saw instead of what happened.
    """
    say("Drawing figures ...")
    import analysis

    for path in analysis.plot(folders, out=out, formats=formats, reported=reported):
        typer.echo(str(path))


def _print_failures(results: Store) -> None:
    found = results.failures()
    if not found:
        tell("No failed runs.")
    for failure in found:
        tell(failure_list([failure]))
        tell(failure.traceback)


def _activity(summary: Summary) -> list[str]:
    mark, session = summary.running, summary.last_session
    engine = f"Engine {session.engine}, seed {summary.seed}" if session else f"Seed {summary.seed}"
    speed = f", {rate(summary.rate)}" if summary.rate else ""
    if mark is not None:
        left = f", {duration(summary.seconds_left)} left" if summary.seconds_left else ""
        return [f"{engine}. Running now: process {mark.pid} on {mark.host}{speed}{left}."]
    if session is None:
        return [f"{engine}. Not running; it never ran."]
    last = f"last started {session.started:%Y-%m-%d %H:%M} UTC"
    return [f"{engine}. Not running; {last}, {count(session.workers, 'worker')}{speed}."]


def _advice(results: Store, summary: Summary) -> list[str]:
    folder = str(summary.folder)
    advice = [f"Note: {note}." for note in summary.notes]
    failed = sum(row.failed for row in summary.scenarios)
    missing = sum(row.missing for row in summary.scenarios)
    if failed:
        advice.append(f"See failures: {shlex.join(['reprisal', 'status', folder, '--failures'])}")
    if missing and summary.running is None:
        advice.append(f"Continue with: {_last_command(results)}")
    if any(row.done for row in summary.scenarios):
        advice.append(f"Draw figures: {shlex.join(['reprisal', 'plot', folder])}")
    if sum(row.done > 0 for row in summary.scenarios) > 1:
        advice.append(f"Compare scenarios: {shlex.join(['reprisal', 'compare', folder])}")
    return advice


def _last_command(results: Store) -> str:
    sessions = results.manifest.sessions
    return sessions[-1].provenance.command if sessions else "the same command again"
