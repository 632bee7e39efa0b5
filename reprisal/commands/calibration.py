"""The command ``calibrate``: parameters of a scenario from a table of events."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.commands import batches
from reprisal.commands.events import (
    Out,
    SkipInvalid,
    folder_of,
    span_of,
    tell_dropped,
)
from reprisal.options import RESULTS_FOLDER, EngineName, File
from reprisal.ownmodels import Model, own_model
from reprisal.wording import count, duration, say, text_table

if TYPE_CHECKING:
    from analysis.calibration.data import Data
    from analysis.calibration.found import Found
    from analysis.calibration.proof import Proof
    from analysis.calibration.reference import Reference
    from analysis.calibration.statistics import Statistics
    from analysis.frames import Frames
    from sim.ownmodel import OwnModel
    from sim.scenario import Loaded

_UNREACHED = 0.01
_FEWEST = 200


def calibrate(
    file: File,
    data: Annotated[
        Path | None,
        typer.Option(metavar="EVENTS", help="ACLED, UCDP GED or a plain table (CSV)."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping", "--map", metavar="FILE", help="Names in the events to the scenario's."
        ),
    ] = None,
    parameters: Annotated[
        str,
        typer.Option(metavar="A,B,C", help="Which to calibrate.", show_default="all with a range"),
    ] = "",
    ranges: Annotated[
        list[str],
        typer.Option(
            "--range", metavar="PATH=A..B", help="A prior; with :log, even in the logarithm."
        ),
    ] = [],  # noqa: B006 - typer copies it
    draws: Annotated[
        int, typer.Option(min=2, metavar="N", help="Runs at draws from the prior, 200 or more.")
    ] = 10_000,
    waves: Annotated[
        int,
        typer.Option(min=1, metavar="W", help="After the first, draws where the posterior lies."),
    ] = 1,
    posterior: Annotated[
        int, typer.Option(min=2, metavar="M", help="Posterior draws to write and to run.")
    ] = 200,
    check: Annotated[
        int,
        typer.Option(min=0, metavar="K", help="Find the parameters of K runs again, as a proof."),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, metavar="S", help="Of draws and luck.")] = 1,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TIME",
            help="Compare from here on; with --to.",
            show_default="the scenario's start",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Compare up to here.", show_default="its end"),
    ] = None,
    skip_invalid: SkipInvalid = False,
    table: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the runs.", show_default="below results/"),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="W", help="Processes.", show_default="available cores"),
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(metavar="ENGINE", help="compiled, interpreted, mesa or auto.")
    ] = EngineName.AUTO,
    model: Model = "",
    out: Out = None,
) -> None:
    """Estimate parameters from a table of events, with their uncertainty.

    Runs the scenario at draws from the prior, keeps those that resemble the data, and writes
    a scenario file of posterior draws that ``run`` takes. --waves 2 adds as many runs again,
    where the posterior lies. The same command again continues.
    See docs/calibration.md.
    """
    _refuse(data is None and not check, "--data, --check or both are needed")
    from analysis.calibration.rounds import most_held

    _refuse(check > draws, f"{check} runs cannot be found again among {draws}", "--check")
    left = draws - most_held(draws, check)
    few = f"{left} runs are left to learn from; {_FEWEST} are needed"
    _refuse(left < _FEWEST, few, "--draws")
    from analysis.calibration import data as observations
    from sim import scenario

    loaded = scenario.with_prior(scenario.load(file), _names(parameters), ranges, draws, seed)
    if not (parameters or ranges):
        _tell_held(loaded)
    span = span_of(start, to)
    own = own_model(model, engine)
    observed = None
    if data is not None:
        observed = observations.read(data, loaded, mapping, span, skip_invalid)
        _tell_data(observed)
    job = _Job(out or folder_of(data or file, "calibration"), seed, workers, engine, own)
    _can_write(job.folder)
    runs = table or Path(RESULTS_FOLDER, batches.folder_name([loaded], seed, own))
    found = replace(job.run(runs, loaded, seed), loaded=loaded)
    compared = observed.statistics if observed else observations.statistics(loaded)
    paths = _prove(found, compared, check, job) if check else []
    if observed is not None:
        paths += _posterior(_inferred(found, observed, waves, job), posterior, job)
    typer.echo("\n".join(map(str, paths)))


@dataclass(frozen=True)
class _Job:
    """Where a calibration writes, and how its runs are done."""

    folder: Path
    seed: int
    workers: int | None
    engine: EngineName
    model: OwnModel | None

    def run(self, folder: Path, loaded: Loaded, seed: int) -> Reference:
        """Do the runs of a prior that are missing, and read them."""
        from analysis.calibration import reference

        return reference.read(self.frames(folder, loaded, seed))

    def frames(self, folder: Path, loaded: Loaded, seed: int) -> Frames:
        """Do the runs that are missing; when interrupted, leave."""
        from analysis import load
        from sim import store

        results = store.create_or_open(folder, [loaded], seed, 1, model=self.model)
        code = batches.do_missing(results, self.workers, self.engine, None)
        if code == batches.INTERRUPTED:
            raise typer.Exit(code)
        return load(folder)


def _can_write(folder: Path) -> None:
    """Make the folder of the output before the runs, which may take an hour."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


class _Told:
    """Tells how far a proof is, after each of several rounds."""

    def __init__(self, total: int) -> None:
        self._total, self._begun = total, time.monotonic()

    def __call__(self, done: int) -> None:
        """Tell that so many data sets are done."""
        if done < self._total:
            left = (time.monotonic() - self._begun) / done * (self._total - done)
            say(f"{done:,} of {count(self._total, 'run')}, {duration(left)} left")


def _prove(found: Reference, compared: Statistics, sets: int, job: _Job) -> list[Path]:
    """Find the parameters of some runs again, and say how well."""
    from analysis.calibration import report

    say(f"Finding the parameters of {count(sets, 'run')} again ...")
    paths, proof = report.write_proof(
        found, compared, sets, job.folder, seed=job.seed, tell=_Told(sets)
    )
    say(_proof(proof))
    return paths


def _refuse(wrong: bool, message: str, option: str | None = None) -> None:
    if wrong:
        raise typer.BadParameter(message, param_hint=option and f"'{option}'")


def _inferred(table: Reference, observed: Data, waves: int, job: _Job) -> Found:
    """Infer, and add waves where the posterior lies as long as that puts many more runs there."""
    from analysis.calibration.found import infer
    from analysis.calibration.waves import ends, narrowed, with_wave, worthwhile
    from sim import scenario

    found = infer(table, observed, seed=job.seed)
    for wave in range(2, waves + 1):
        box = narrowed(table, found.posterior)
        share = f"{100 * box.volume:.3g} % of the prior"
        if not worthwhile(table.box, box):
            say(f"No wave {wave}: the posterior spreads over {share}; less than half is needed.")
            break
        say(f"Wave {wave} draws from {share}.")
        seed = job.seed + wave - 1
        drawn = scenario.narrower(table.loaded, ends(table, box), seed)
        name = f"wave-{wave}-{batches.folder_name([drawn], seed, job.model)}"
        table = with_wave(table, job.run(job.folder / name, drawn, seed))
        found = infer(table, observed, seed=job.seed)
    return found


def _posterior(found: Found, draws: int, job: _Job) -> list[Path]:
    """Write the posterior, run its draws, and compare them with the data."""
    from analysis.calibration import report
    from sim import scenario

    paths, file = report.write_posterior(found, job.folder, draws, job.seed)
    say(_summary(found))
    for line in _warnings(found):
        say(line)
    drawn = scenario.load(file)
    runs = job.folder / batches.folder_name([drawn], job.seed, job.model)
    frames = job.frames(runs, drawn, job.seed)
    written, checks = report.write_checks(found, frames, job.folder)
    unlike = checks[checks["p"] < 0.05]
    say(
        f"{len(unlike)} of {count(len(checks), 'statistic')} of the data are unlike the runs there."
    )
    own = f" --model {job.model.asked}" if job.model else ""
    say(f"Next: reprisal run {file} --replicates 1{own}")
    return [*paths, *written]


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _tell_held(loaded: Loaded) -> None:
    """Name the numbers that have a range and are not drawn."""
    from sim.scenario import left_out

    held = [each for each in left_out(loaded) if each.path in loaded.ranges]
    if held:
        what = count(len(held), "number")
        names = ", ".join(f"{each.path} ({each.why})" for each in held)
        say(f"{what} with a range in the file not drawn: {names}.")


def _tell_data(observed: Data) -> None:
    tell_dropped(observed.prepared)
    outside = f", {observed.outside:,} outside that time" if observed.outside else ""
    hours = observed.statistics.last - observed.statistics.first
    say(f"{count(len(observed), 'event')} in {hours / 24:g} days compared{outside}.")


def _summary(found: Found) -> str:
    from analysis.explore.designs import write_range

    design = found.reference.design
    rows = []
    for varied, row in zip(design.ranges, found.summary().to_dict("records"), strict=True):
        low, high, middle, q05, q95 = (
            write_range(design, varied, row[key]) for key in ("low", "high", "q50", "q05", "q95")
        )
        known = "yes" if row["identified"] else "no"
        spread = f"{row['spread_left']:.2f}"
        rows.append((varied.path, f"{low} to {high}", middle, f"{q05} to {q95}", spread, known))
    head = ("parameter", "prior", "median", "90 %", "spread left", "identified")
    effective = f"Effective sample size {found.posterior.effective:.0f}"
    inside = int(found.reference.box.holds(found.reference.shares).sum())
    accepted = f"{len(found.posterior.weights):,} of {inside:,} runs accepted"
    return (
        f"{text_table(head, rows)}\n{effective}, {accepted}, compared as {found.reference.source}."
    )


def _warnings(found: Found) -> Iterator[str]:
    if found.reach < _UNREACHED:
        yield "No run resembles the data: the scenario, or its ranges, cannot give them."
    spread_left = found.posterior.spread_left
    if (spread_left >= 0.9).all():
        yield "The data identify none of these parameters."


def _proof(proof: Proof) -> str:
    ranks, coverage = proof.ranks(), proof.coverage()
    rows = []
    for row in ranks.itertuples():
        mine = coverage[coverage["parameter"] == row.parameter]
        shares = [f"{share:.2f}" for share in mine["observed"]]
        uniform = "yes" if row.uniform else "no"
        facts = (f"{row.chi2:.1f}", f"{row.p:.2g}", uniform, *shares, f"{row.spread_left:.2f}")
        rows.append((row.parameter, *facts))
    head = ("parameter", "chi2", "p", "uniform", "in 50 %", "80 %", "90 %", "95 %", "spread left")
    return text_table(head, rows)
