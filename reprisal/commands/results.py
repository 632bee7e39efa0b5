"""The commands about results folders: ``verify`` and ``plot``."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.kinds import FORMATS, USUAL, drawn
from reprisal.options import (
    USUAL_FORMATS,
    Engine,
    EngineName,
    Folder,
    Folders,
    Formats,
    Model,
    own_model,
)
from reprisal.wording import count, duration, failure_list, rate, say, tell, text_table

if TYPE_CHECKING:
    from sim.ownmodel import OwnModel
    from sim.store import Store, Summary
    from sim.store.locks import Lock

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


def verify(
    folder: Folder,
    status: Annotated[
        bool, typer.Option("--status", help="Only tell how much is done and what to do next.")
    ] = False,
    failures: Annotated[
        bool, typer.Option("--failures", help="Only show the traceback of each failed run.")
    ] = False,
    sample: Annotated[
        int, typer.Option(min=0, metavar="N", help="Number of stored runs to repeat.")
    ] = 5,
    engine: Engine = EngineName.AUTO,
    model: Model = "",
    repair: Annotated[
        bool, typer.Option("--repair", help="Move damaged files aside, to repeat their runs.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what --repair would do.")
    ] = False,
) -> None:
    """Show how far a batch is, and check its files and runs.

    Files are compared with the hashes stored with the results, and what sessions had finished
    with what is there; the runs of the sample with the stored ones. --model names your own
    class, if it made them. --repair lists what it moves, or writes again from other files; it
    deletes no stored table. The same run command then repeats the lost runs.
    """
    from sim import store

    if repair and (status or failures):
        raise typer.BadParameter("give --repair, or --status or --failures, not both")
    if dry_run and not repair:
        raise typer.BadParameter("--dry-run needs --repair")
    results = store.open(folder, recover=not (status or failures))
    own = own_model(model, engine)
    if failures:
        _print_failures(results)
    elif repair:
        _repair(results, dry_run)
    else:
        _print_status(results)
        if not status:
            _check(results, sample, engine, own)


def _print_status(results: Store) -> None:
    summary = results.summary()
    rows = [
        (row.name, f"{row.wanted:,}", f"{row.done:,}", f"{row.failed:,}", f"{row.missing:,}")
        for row in summary.scenarios
    ]
    tell(text_table(("scenario", "wanted", "done", "failed", "missing"), rows))
    if results.manifest.model is not None:
        tell(f"Model {results.manifest.model.text}.")
    if not results.manifest.ticks:
        tell("Ticks are not stored (--no-ticks).")
    for line in (*_activity(summary), *_advice(results, summary)):
        tell(line)


def _check(results: Store, sample: int, engine: EngineName, model: OwnModel | None) -> None:
    from sim.store import checks

    report = checks.check(results)
    checked = f"{count(report.blocks, 'block')} and {count(report.others, 'other file')} checked"
    tell(f"{checked}, {report.unchanged} unchanged")
    for finding in report.findings:
        tell(f"  {finding.text}")
    if report.lost:
        finished = count(report.finished, "run")
        tell(f"{report.lost:,} of {finished} that sessions had finished are missing or damaged.")
    wrong = [finding for finding in report.findings if not finding.harmless]
    if any(finding.aside or finding.mend for finding in wrong):
        tell(f"Repair with: {_typed('verify --repair', results.folder)}")
    for command in _commands(results, {finding.scenario for finding in wrong if not finding.mend}):
        tell(f"Make again with: {command}")
    if wrong:
        raise typer.Exit(PROBLEMS)
    _repeat(results, sample, engine, model)


def _repair(results: Store, dry_run: bool) -> None:
    from sim.store import checks

    findings = list(checks.repair(results, dry_run))
    for finding in findings:
        tell(finding.told(results.folder))
    if not findings:
        tell("Nothing to repair.")
    if dry_run:
        tell("Nothing was changed.")
        return
    unfinished = {name for name in results.names if results.missing(name)}
    for command in _commands(results, {finding.scenario for finding in findings} | unfinished):
        tell(f"Continue with: {command}")


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
    formats: Formats = USUAL_FORMATS,
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
    known = drawn(reported)
    unknown = [name for name in names if name not in known]
    if unknown:
        what = f"{unknown[0]!r} is not one of {', '.join(known)}"
        raise typer.BadParameter(what, param_hint="'--figure'")
    return names


def draw(
    folders: Sequence[Path],
    out: Path | None = None,
    formats: Sequence[str] = USUAL,
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
        say(f"Next: {_typed('report', *folders)}")


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
    folder = summary.folder
    advice = [f"Note: {note}." for note in summary.notes]
    failed = sum(row.failed for row in summary.scenarios)
    missing = {row.name for row in summary.scenarios if row.missing}
    if failed:
        advice.append(f"See failures: {_typed('verify --failures', folder)}")
    broken = sum(row.damaged for row in summary.scenarios)
    if broken:
        mend = _typed("verify --repair", folder)
        advice.append(f"{count(broken, 'block')} cannot be read. Repair with: {mend}")
    if missing and not summary.running:
        advice += [f"Continue with: {command}" for command in _commands(results, missing)]
    if any(row.done for row in summary.scenarios):
        advice.append(f"Draw figures: {_typed('plot', folder)}")
    if sum(row.done > 0 for row in summary.scenarios) > 1:
        advice.append(f"Compare scenarios: {_typed('compare', folder)}")
    return advice


def _typed(command: str, *folders: Path) -> str:
    return shlex.join(["reprisal", *command.split(), *map(str, folders)])


def _commands(results: Store, names: Collection[str]) -> list[str]:
    """List the last command that ran each of some scenarios; of no scenario, the last of all."""
    past = results.sessions()
    if not past:
        return ["the same command again"] if names else []
    chosen = [
        next((one for one in reversed(past) if not name or name in one.stored), past[-1])
        for name in sorted(names)
    ]
    return list(dict.fromkeys(_into(results.folder, one.provenance.command) for one in chosen))


def _into(folder: Path, command: str) -> str:
    """Let a command run into a folder that may have been moved or copied since."""
    words = shlex.split(command.replace(" --out=", " --out "))
    if "run" not in words[:4]:  # a program of the user's own
        return command
    at = words.index("--out") if "--out" in words[:-1] else len(words)
    named = Path(*words[at + 1 : at + 2] or ("results", folder.name))
    if named.resolve() == folder.resolve():
        return command
    return shlex.join([*words[:at], *words[at + 2 :], "--out", str(folder)])
