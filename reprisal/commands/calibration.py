"""The command ``calibrate``: parameters of a scenario from a table of events, or from targets."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reprisal.commands import batches
from reprisal.commands.events import (
    Out,
    Read,
    SkipInvalid,
    asked_of,
    folder_of,
    names_written,
    span_of,
    tell_dropped,
)
from reprisal.options import (
    RESULTS_FOLDER,
    Engine,
    EngineName,
    File,
    Model,
    Own,
    Workers,
    own_model,
    own_outcomes,
)
from reprisal.progress import Countdown
from reprisal.wording import count, say, text_table

if TYPE_CHECKING:
    import pandas as pd

    from analysis.events.calibration.data import Data
    from analysis.events.calibration.proof import Proof
    from analysis.events.calibration.reference import Reference
    from analysis.events.calibration.reported import Reported
    from analysis.events.calibration.result import Result
    from analysis.frames import Frames
    from sim.ownmodel import OwnModel
    from sim.scenario import Loaded

_UNREACHED = 0.01
_FEWEST = 200
_LOOKED_AT = 6_000
_NONE = (
    "within the ranges violence hardly ever dies out by itself with the realised shares of the"
    " targets file; see docs/calibration.md"
)
_OF_EVENTS = "--map, --from, --to, --read and --skip-invalid need --data"
_NOT_BESIDE = "--keep writes beside a file of your own; reprisal new NAME --from SCENARIO makes one"


def calibrate(
    file: File,
    data: Annotated[
        Path | None,
        typer.Option(metavar="EVENTS", help="Events: ACLED, UCDP GED or a plain CSV table."),
    ] = None,
    targets: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Observed targets, instead of events."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", "--map", metavar="FILE", help="File that maps names."),
    ] = None,
    parameters: Annotated[
        str,
        typer.Option(metavar="A,B,C", help="Parameters to estimate.", show_default="all ranged"),
    ] = "",
    ranges: Annotated[
        list[str],
        typer.Option(
            "--range", metavar="PATH=A..B", help="Prior range; :log makes it log-uniform."
        ),
    ] = [],  # noqa: B006 - typer copies it
    draws: Annotated[
        int, typer.Option(min=2, metavar="N", help="Prior draws, a run each.")
    ] = 10_000,
    waves: Annotated[
        int,
        typer.Option(min=1, metavar="W", help="Rounds of draws."),
    ] = 1,
    posterior: Annotated[
        int, typer.Option(min=2, metavar="M", help="Posterior draws to run.")
    ] = 200,
    check: Annotated[
        int,
        typer.Option(min=0, metavar="K", help="Recovery test on K runs."),
    ] = 0,
    keep: Annotated[
        bool, typer.Option("--keep", help="Save the posterior beside FILE for run --uncertain.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, metavar="S", help="Random seed.")] = 1,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TIME",
            help="Start of comparison.",
            show_default="the scenario's",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="End of comparison.", show_default="its end"),
    ] = None,
    read: Read = [],  # noqa: B006 - typer copies it
    skip_invalid: SkipInvalid = False,
    table: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the runs.", show_default="below results/"),
    ] = None,
    workers: Workers = None,
    engine: Engine = EngineName.AUTO,
    model: Model = "",
    outcomes: Own = [],  # noqa: B006 - typer copies it
    out: Out = None,
) -> None:
    """Estimate parameters from events or targets.

    Runs the scenario at draws from the prior, selects those that resemble the data, and writes
    a scenario file of posterior draws. The same command again continues.
    See docs/calibration.md.
    """
    if targets is not None:
        _refuse(data is not None, "give --data or --targets, not both")
        of_events = mapping or start or to or skip_invalid or read
        _refuse(bool(of_events), _OF_EVENTS)
    _refuse(not (data or targets or check), "give --data, --targets or --check")
    _refuse_few(draws, check)
    folder = out or folder_of(data or targets or file, "calibration")
    loaded = _with_prior(file, _names(parameters), ranges, draws, seed, keep)
    if not (parameters or ranges):
        _say_not_varied(loaded)
    own = own_model(model, engine)
    observed: Data | Reported | None = None
    if targets is not None:
        observed = _read_targets(targets, loaded, outcomes)
    elif data is not None:
        asked, span = asked_of(read), span_of(start, to)
        with names_written(folder):
            observed = _read_data(data, loaded, mapping, span, skip_invalid, asked)
    job = _Job(folder, seed, workers, engine, own, observed, keep, outcomes)
    _can_write(job.folder)
    runs = table or Path(RESULTS_FOLDER, batches.folder_name([loaded], seed, own))
    table_of_runs = replace(job.run(runs, loaded, seed), loaded=loaded)
    paths = []
    if check:
        paths = _prove(table_of_runs, check, job)
    if observed is not None:
        paths += _posterior(_inferred(table_of_runs, observed, waves, job), posterior, job)
    typer.echo("\n".join(map(str, paths)))


@dataclass(frozen=True)
class _Job:
    """Where a calibration writes, and how its runs are done."""

    folder: Path
    seed: int
    workers: int | None
    engine: EngineName
    model: OwnModel | None
    data: Data | Reported | None
    keep: bool
    outcomes: list[str]

    def run(self, folder: Path, loaded: Loaded, seed: int) -> Reference:
        """Do the runs of a prior that are missing, and read them."""
        from analysis.events.calibration import reference

        targets = getattr(self.data, "targets", None)
        return reference.read(self.frames(folder, loaded, seed), targets=targets)

    def below(self, loaded: Loaded, runs: int, more: int = 0) -> Frames:
        """Do runs into a folder beside the output, with random numbers of their own."""
        seed = self.seed + more
        folder = self.folder / batches.folder_name([loaded], seed, self.model)
        return self.frames(folder, loaded, seed, runs)

    def frames(self, folder: Path, loaded: Loaded, seed: int, runs: int = 1) -> Frames:
        """Do the runs that are missing; when interrupted, leave."""
        from analysis import load
        from sim import store

        results = store.create_or_open(folder, [loaded], seed, runs, model=self.model)
        code = batches.do_missing(results, self.workers, self.engine, None)
        if code == batches.INTERRUPTED:
            raise typer.Exit(code)
        return own_outcomes(load(folder), self.outcomes)


def _with_prior(
    file: Path, paths: list[str], ranges: list[str], draws: int, seed: int, keep: bool
) -> Loaded:
    """Read the scenario with its prior, once the libraries are known to be here."""
    from sim import scenario, shipped
    from sim.extras import need

    need("events", "calibrate")
    read = scenario.load(file)
    _refuse(keep and read.path is not None and shipped.is_installed(read.path), _NOT_BESIDE)
    return scenario.with_prior(read, paths, ranges, draws, seed)


def _can_write(folder: Path) -> None:
    """Make the folder of the output before the runs, which may take an hour."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def _prove(runs: Reference, sets: int, job: _Job) -> list[Path]:
    """Re-estimate the known parameters of some runs, and say how well."""
    from analysis.events.calibration import output
    from analysis.events.calibration.data import statistics

    compared = job.data.table(runs) if job.data else statistics(runs.loaded).of(runs.events)
    say(f"Recovery test: re-estimating the parameters of {count(sets, 'run')} ...")
    paths, proof = output.write_proof(
        runs, compared, sets, job.folder, seed=job.seed, tell=Countdown("run")
    )
    say(_proof(proof))
    return paths


def _refuse_few(draws: int, check: int) -> None:
    """Refuse a table from which too few runs are left to learn."""
    from analysis.events.calibration.rounds import most_held

    _refuse(
        check > draws, f"a recovery test of {check} runs needs more than {draws} draws", "--check"
    )
    left = draws - most_held(draws, check)
    few = f"{left} runs remain to learn from; {_FEWEST} are needed"
    _refuse(left < _FEWEST, few, "--draws")


def _refuse(wrong: bool, message: str, option: str | None = None) -> None:
    if wrong:
        raise typer.BadParameter(message, param_hint=option and f"'{option}'")


def _inferred(table: Reference, observed: Data | Reported, waves: int, job: _Job) -> Result:
    """Infer, and add waves where the posterior lies as long as that puts many more runs there."""
    from analysis.events.calibration.reported import Reported
    from analysis.events.calibration.result import infer
    from analysis.events.calibration.waves import ends, narrowed, with_wave, worthwhile
    from sim import scenario

    if isinstance(observed, Reported):
        return _learned(table, observed, waves, job)
    result = infer(table, observed, seed=job.seed)
    for wave in range(2, waves + 1):
        box = narrowed(table, result.posterior)
        share = f"{100 * box.volume:.3g} % of the prior"
        if not worthwhile(table.box, box):
            say(f"No wave {wave}: the posterior still covers {share}; a wave needs less than half.")
            break
        say(f"Wave {wave} draws from {share}.")
        seed = job.seed + wave - 1
        drawn = scenario.narrower(table.loaded, ends(table, box), seed)
        name = f"wave-{wave}-{batches.folder_name([drawn], seed, job.model)}"
        table = with_wave(table, job.run(job.folder / name, drawn, seed))
        result = infer(table, observed, seed=job.seed)
    return result


def _learned(table: Reference, observed: Reported, waves: int, job: _Job) -> Result:
    """Infer from targets; waves add runs where reports are probable."""
    import numpy as np

    from analysis.events.calibration import likelihood, output, reference
    from analysis.events.calibration.result import infer
    from sim import scenario

    runs, looked = len(table.shares), table.shares[:_LOOKED_AT]
    allowed = observed.allows(table, looked)
    say(f"{allowed.sum():,} of {count(len(allowed), 'draw')} from the ranges belong to the prior.")
    _refuse(allowed.sum() < likelihood.FEWEST, _NONE)
    inside = likelihood.learn_prior(allowed, looked, job.seed)
    result = infer(table, observed, seed=job.seed, inside=inside)
    for wave in range(2, waves + 1):
        points = min(output.PER_WAVE // len(table.paths), runs)
        say(f"Wave {wave} runs {points:,} draws at which reports are probable.")
        assert result.learned is not None
        shares = result.learned.where(points)
        file = output.write_draws(result, shares, job.folder, f"wave-{wave}")
        frames = job.below(scenario.load(file), runs // points, wave - 1)
        table = reference.with_draws(table, frames, observed.targets)
        looked = np.concatenate([looked, shares])
        allowed = np.concatenate([allowed, observed.allows(table, shares)])
        inside = likelihood.learn_prior(allowed, looked, job.seed)
        result = infer(table, observed, seed=job.seed, inside=inside)
    return _of_prior(result, observed)


def _of_prior(result: Result, observed: Reported) -> Result:
    """Keep the draws that belong to the prior for certain, not as learned."""
    allowed = observed.allows(result.reference, result.posterior.shares)
    _refuse(not allowed.any(), _NONE)
    outside = f"{len(allowed) - allowed.sum():,} of {count(len(allowed), 'posterior draw')}"
    say(f"{outside} left out: they lie outside the prior.")
    weights = result.posterior.weights[allowed]
    shares = result.posterior.shares[allowed]
    posterior = replace(result.posterior, shares=shares, weights=weights / weights.sum())
    return replace(result, posterior=posterior)


def _posterior(result: Result, draws: int, job: _Job) -> list[Path]:
    """Write the posterior, run its draws, and compare them with the data."""
    from analysis.events.calibration import output, scored
    from analysis.events.calibration.reported import Reported
    from sim import scenario

    paths, file = output.write_posterior(result, job.folder, draws, job.seed)
    say(_summary(result))
    for line in _warnings(result):
        say(line)
    drawn = scenario.load(file)
    reported = isinstance(result.data, Reported)
    frames = job.below(drawn, scored.REPEATS if reported else 1)
    written, checks = output.write_checks(result, frames, job.folder)
    paths += written
    what = "target" if reported else "statistic"
    say(f"{checks['unlike'].sum()} of {count(len(checks), what)} of the data are unlike the runs.")
    best = None
    if isinstance(result.data, Reported):
        scored_paths, best = _score(result, frames, draws, job)
        paths += scored_paths
    if job.keep:
        paths.append(_save_posterior(result, draws, job.seed, best))
    own = f" --model {job.model.asked}" if job.model else ""
    say(f"Next: reprisal run {file} --replicates 1{own}")
    return paths


def _save_posterior(result: Result, draws: int, seed: int, best: Any) -> Path:
    """Save a posterior where `run --uncertain` looks for it."""
    from analysis.events.calibration import output
    from sim.scenario.uncertain import FOLDER
    from sim.store.files import write_text

    loaded, shares = result.reference.loaded, output.drawn(result, draws, seed)
    assert loaded.path is not None
    folder = loaded.path.parent / FOLDER
    folder.mkdir(exist_ok=True)
    file = folder / loaded.path.name
    write_text(file, output.scenario_text(loaded, shares, folder, best))
    return file


def _score(result: Result, frames: Frames, draws: int, job: _Job) -> tuple[list[Path], Any]:
    """Say how probable the targets are: as the file stands, at the best draw, in the posterior.

    Gives the best draw, too.
    """
    from analysis.events.calibration import output, scored
    from analysis.events.calibration.reported import Reported
    from sim import scenario

    assert isinstance(result.data, Reported)
    targets, loaded = result.data.targets, result.reference.loaded
    assert result.learned is not None
    runs = scored.REPEATS * draws
    say("Looking for the best draw ...")
    shares = result.learned.best(100 * scored.FINALISTS)
    shares = result.data.first_allowed(result.reference, shares, scored.FINALISTS)
    _refuse(not len(shares), _NONE)
    finalists = output.write_draws(result, shares, job.folder, "best-draws")
    again = job.below(scenario.load(finalists), runs, 1)
    first = scored.best_first(again, targets, len(shares))[:1]
    best = output.write_draws(result, shares[first], job.folder, "best")
    compared = {
        "as it stands": job.below(scenario.from_resolved(loaded.name, loaded.resolved), runs),
        "best draw": job.below(scenario.load(best), runs, 2),
        "posterior": frames,
    }
    paths, table = output.write_score(compared, targets, job.folder)
    say(_probabilities(table, list(compared)))
    for label in scored.unreached(result, targets):
        say(f"No draw gives a run that matches the report: {label}.")
    return [finalists, best, *paths], shares[first[0]]


def _probabilities(table: pd.DataFrame, columns: list[str]) -> str:
    rows = [
        (
            row["label"],
            *(f"{row[name]:.{1 if row['target'] == 'score' else 2}f}" for name in columns),
        )
        for row in table.to_dict("records")
    ]
    return text_table(("a run is as reported", *columns), rows)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _say_not_varied(loaded: Loaded) -> None:
    """Name the numbers that have a range and are not drawn."""
    from sim.scenario import left_out

    held = [each for each in left_out(loaded) if each.path in loaded.ranges]
    if held:
        what = count(len(held), "number")
        names = ", ".join(f"{each.path} ({each.why})" for each in held)
        say(f"{what} with a range in the file not varied: {names}.")


def _read_targets(file: Path, loaded: Loaded, outcomes: Sequence[str]) -> Reported:
    from analysis.events.calibration import reported
    from sim.world.stability import branching

    observed = reported.read(file, loaded, partial(branching, told={}))
    named = [each.rpartition(":")[2] for each in outcomes]
    for key, target in observed.targets.targets.items():
        wanted = getattr(target, "outcome", None)
        where = f"target {key} needs --own MODULE:{wanted}"
        _refuse(wanted is not None and wanted not in named, where, "--own")
    say(f"{count(len(observed), 'target')} compared.")
    return observed


def _read_data(
    file: Path,
    loaded: Loaded,
    mapping: Path | None,
    span: Any,
    skip_invalid: bool,
    asked: Sequence[tuple[str, str]],
) -> Data:
    from analysis.events.calibration import data

    observed = data.read(file, loaded, mapping, span, skip_invalid, asked)
    tell_dropped(observed.prepared)
    outside = f", {observed.outside:,} outside that time" if observed.outside else ""
    hours = observed.statistics.last - observed.statistics.first
    say(f"{count(len(observed), 'event')} in {hours / 24:g} days compared{outside}.")
    if observed.statistics.ranges:
        say("Low and high counts of killed are compared with those of the scenario's reporters.")
    elif observed.prepared.log.bounds is not None:
        say("Low and high counts of killed are not compared: the scenario has no reporters.")
    return observed


def _summary(result: Result) -> str:
    from analysis.explore.designs import write_range

    design = result.reference.design
    rows = []
    for varied, row in zip(design.ranges, result.summary().to_dict("records"), strict=True):
        low, high, middle, q05, q95 = (
            write_range(design, varied, row[key]) for key in ("low", "high", "q50", "q05", "q95")
        )
        known = "yes" if row["identified"] else "no"
        spread = f"{row['spread_left']:.2f}"
        rows.append((varied.path, f"{low} to {high}", middle, f"{q05} to {q95}", spread, known))
    head = ("parameter", "prior", "median", "90 %", "spread left", "identified")
    effective = f"Effective sample size {result.posterior.effective:.0f}"
    inside = int(result.reference.box.holds(result.reference.shares).sum())
    if result.learned is None:
        used = f"{len(result.posterior.weights):,} of {inside:,} runs accepted"
    else:
        used = f"learned from {len(result.reference.shares):,} runs"
    return f"{text_table(head, rows)}\n{effective}, {used}, compared as {result.compared}."


def _warnings(result: Result) -> Iterator[str]:
    if result.reach < _UNREACHED:
        yield "No run resembles the data: the scenario cannot produce them within these ranges."
    spread_left = result.posterior.spread_left
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
