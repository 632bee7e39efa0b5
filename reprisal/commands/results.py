"""The commands about results folders: ``status``, ``verify``, ``repair`` and ``plot``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import Engine, EngineName, Folder, Folders, Formats, Model, own_model
from reprisal.wording import count, duration, failure_list, rate, say, tell, text_table

if TYPE_CHECKING:
    from sim.ownmodel import OwnModel
    from sim.store import Store, Summary
    from sim.store.locks import Lock

FORMATS = ("png", "svg", "pdf", "txt")
FIGURES = (
    "killed",
    "outcomes",
    "timeline",
    "map",
    "chains",
    "genealogy",
    "differences",
    "response",
)
NOT_REPORTED = ("map", "chains", "genealogy")
PROBLEMS = 1
Figures = Annotated[
    str,
    typer.Option(
        "--figure",
        metavar="LIST",
        help="Draw only these, such as killed,map.",
        show_default="all",
    ),
]


def status(
    folder: Folder,
    failures: Annotated[
        bool, typer.Option("--failures", help="Show the traceback of each failed run.")
    ] = False,
) -> None:
    """Show how much of a batch is done, and what to do next."""
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
    if results.manifest.model is not None:
        tell(f"Model {results.manifest.model.text}.")
    for line in (*_activity(summary), *_advice(results, summary)):
        tell(line)


def verify(
    folder: Folder,
    sample: Annotated[
        int, typer.Option(min=0, metavar="N", help="Number of stored runs to repeat.")
    ] = 5,
    engine: Engine = EngineName.AUTO,
    model: Model = "",
) -> None:
    """Check file hashes and re-run a random sample.

    Every file is compared with the hashes that are stored with the results; the runs of the
    sample are compared with the stored ones. --model names your own class, if it made them.
    """
    from sim import store
    from sim.store import checks

    results = store.open(folder)
    own = own_model(model, engine)
    findings = [finding for name in results.names for finding in checks.check(results.blocks, name)]
    wrong = [finding for finding in findings if finding is not None]
    tell(f"{count(len(findings), 'block')} checked, {len(findings) - len(wrong)} unchanged")
    for finding in wrong:
        tell(f"  {finding.text}")
    if not all(finding.harmless for finding in wrong):
        tell(f"Repair with: {shlex.join(['reprisal', 'repair', str(folder)])}")
        raise typer.Exit(PROBLEMS)
    _repeat(results, sample, engine, own)


def repair(
    folder: Folder,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
) -> None:
    """Move damaged files aside, so that their runs can be repeated.

    Every file that is moved is listed; no stored table is deleted. The same run command then
    repeats the lost runs.
    """
    from sim import store
    from sim.store.checks import repair

    results = store.open(folder)
    lines = list(repair(results, dry_run))
    for line in lines or ["Nothing to repair."]:
        tell(line)
    if dry_run:
        tell("Nothing was changed.")
    elif any(results.missing(name) for name in results.names):
        tell(f"Continue with: {_last_command(results)}")


def _repeat(results: Store, sample: int, engine: EngineName, model: OwnModel | None) -> None:
    from sim.batch.single import repeat

    ran, repeated = repeat(results, sample, engine.value, model)
    outcomes = list(repeated)
    differing = [one for one in outcomes if one.difference]
    equal = len(outcomes) - len(differing)
    tell(f"{count(len(outcomes), 'run')} repeated with engine {ran.name}, {equal} equal")
    for one in differing:
        tell(f"  {one.scenario}/{one.replicate}: {one.difference}")
    if differing:
        versions = {session.provenance.reprisal for session in results.sessions()}
        tell(f"The stored results come from reprisal {', '.join(sorted(versions))}.")
        raise typer.Exit(PROBLEMS)


def plot(
    folders: Folders,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Output folder.", show_default="DIR/figures"),
    ] = None,
    formats: Formats = "png,svg,txt",
    reported: Annotated[
        bool, typer.Option("--reported", help="Show what reporters saw, not what happened.")
    ] = False,
    figures: Figures = "",
) -> None:
    """Draw figures and summary tables of results.

    The first scenario of the first folder is the baseline of comparisons. Figures are killed,
    outcomes, timeline, map, chains, genealogy, differences and response (to a swept number).
    """
    only = checked_figures(figures, reported)
    draw(folders, out, checked_formats(formats), reported, only)


def checked_formats(formats: str) -> list[str]:
    """Part the value of ``--format`` and refuse what is unknown."""
    names = [name.strip() for name in formats.split(",")]
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        known = ", ".join(FORMATS)
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {known}", param_hint="'--format'")
    return names


def checked_figures(figures: str, reported: bool = False) -> list[str]:
    """Part the value of ``--figure`` and refuse what is not drawn."""
    names = [name.strip() for name in figures.split(",")] if figures else []
    drawn = [name for name in FIGURES if not (reported and name in NOT_REPORTED)]
    unknown = [name for name in names if name not in drawn]
    if unknown:
        what = f"{unknown[0]!r} is not one of {', '.join(drawn)}"
        raise typer.BadParameter(what, param_hint="'--figure'")
    return names


def draw(
    folders: Sequence[Path],
    out: Path | None = None,
    formats: Sequence[str] = ("png", "svg", "txt"),
    reported: bool = False,
    only: Sequence[str] = (),
) -> None:
    """Draw figures and list the written files on standard output."""
    from sim import store

    for folder in folders:
        store.open(folder)
    say("Drawing figures ...")
    import analysis

    for path in analysis.plot(folders, out, formats, reported, only):
        typer.echo(str(path))
    if out is None and not only:
        say(f"Next: {shlex.join(['reprisal', 'report', *map(str, folders)])}")


def _print_failures(results: Store) -> None:
    failures = results.failures()
    if not failures:
        tell("No failed runs.")
    for failure in failures:
        tell(failure_list([failure]))
        tell(failure.traceback)


def _activity(summary: Summary) -> list[str]:
    session = summary.last_session
    engine = f"Engine {session.engine}, seed {summary.seed}" if session else f"Seed {summary.seed}"
    speed = f", {rate(summary.rate)}" if summary.rate else ""
    if summary.running:
        left = f", {duration(summary.seconds_left)} left" if summary.seconds_left else ""
        return [f"{engine}. Running now{speed}{left}:", *map(_process, summary.running)]
    if session is None:
        return [f"{engine}. Not running; it has not run yet."]
    last = f"last started {session.started:%Y-%m-%d %H:%M} UTC"
    ended = " and was killed before it ended" if summary.killed else ""
    return [f"{engine}. Not running; {last}{ended}, {count(session.workers, 'worker')}{speed}."]


def _process(lock: Lock) -> str:
    part = "" if lock.shard.of == 1 else f"shard {lock.shard.text}, "
    ended = f"{lock.done + lock.failed:,} of {count(lock.total, 'run')}"
    stopping = ", stopping" if lock.stopping else ""
    return f"  {part}process {lock.pid} on {lock.host}: {ended}{stopping}"


def _advice(results: Store, summary: Summary) -> list[str]:
    folder = str(summary.folder)
    advice = [f"Note: {note}." for note in summary.notes]
    failed = sum(row.failed for row in summary.scenarios)
    missing = sum(row.missing for row in summary.scenarios)
    if failed:
        advice.append(f"See failures: {shlex.join(['reprisal', 'status', folder, '--failures'])}")
    broken = sum(row.damaged for row in summary.scenarios)
    if broken:
        repair = shlex.join(["reprisal", "repair", folder])
        advice.append(f"{count(broken, 'block')} cannot be read. Repair with: {repair}")
    if missing and not summary.running:
        advice.append(f"Continue with: {_last_command(results)}")
    if any(row.done for row in summary.scenarios):
        advice.append(f"Draw figures: {shlex.join(['reprisal', 'plot', folder])}")
    if sum(row.done > 0 for row in summary.scenarios) > 1:
        advice.append(f"Compare scenarios: {shlex.join(['reprisal', 'compare', folder])}")
    return advice


def _last_command(results: Store) -> str:
    sessions = results.sessions()
    return sessions[-1].provenance.command if sessions else "the same command again"
