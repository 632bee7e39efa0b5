"""The command ``calibrate``: parameters of a scenario from a table of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.commands import batches
from reprisal.commands.events import (
    End,
    Out,
    SkipInvalid,
    Start,
    folder_of,
    span_of,
    tell_dropped,
)
from reprisal.options import RESULTS_FOLDER, EngineName, File
from reprisal.wording import count, say, text_table

if TYPE_CHECKING:
    from analysis.calibration.data import Data
    from analysis.calibration.proof import Proof
    from analysis.calibration.reference import Reference
    from analysis.calibration.report import Found
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
        int, typer.Option(min=2, metavar="N", help="Runs at draws from the prior.")
    ] = 10_000,
    posterior: Annotated[
        int, typer.Option(min=2, metavar="M", help="Posterior draws to write and to run.")
    ] = 200,
    check: Annotated[
        int,
        typer.Option(min=0, metavar="K", help="Find the parameters of K runs again, as a proof."),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, metavar="S", help="Of draws and luck.")] = 1,
    start: Start = None,
    to: End = None,
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
        EngineName, typer.Option(metavar="ENGINE", help="mesa, compiled or auto.")
    ] = EngineName.AUTO,
    out: Out = None,
) -> None:
    """Estimate parameters from a table of events, with their uncertainty.

    Runs the scenario at draws from the prior, keeps those that resemble the data, and writes
    a scenario file of posterior draws that ``run`` takes. The same command again continues.
    See docs/calibration.md.
    """
    if data is None and not check:
        raise typer.BadParameter("--data, --check or both are needed")
    if draws - check < _FEWEST:
        left = f"{draws - check} runs are left to learn from; {_FEWEST} are needed"
        raise typer.BadParameter(left, param_hint="'--draws'")
    from analysis import load
    from analysis.calibration import data as observations
    from analysis.calibration import reference, report
    from sim import scenario

    loaded = scenario.with_prior(scenario.load(file), _names(parameters), ranges, draws, seed)
    span = span_of(start, to)
    observed = None
    if data is not None:
        observed = observations.read(data, loaded, mapping, span, skip_invalid)
        _tell_data(observed)
    runs = table or Path(RESULTS_FOLDER, batches.folder_name([loaded], seed))
    _run(runs, loaded, seed, workers, engine)
    found = replace(reference.read(load(runs)), loaded=loaded)
    folder = out or folder_of(data or file, "calibration")
    compared = observed.statistics if observed else observations.statistics(loaded)
    paths: list[Path] = []
    if check:
        say(f"Finding the parameters of {count(check, 'run')} again ...")
        written, proof = report.write_proof(found, compared, check, folder, seed=seed)
        paths += written
        say(_proof(proof))
    if observed is not None:
        paths += _posterior(found, observed, folder, posterior, seed, workers, engine)
    for path in paths:
        typer.echo(str(path))


def _posterior(
    table: Reference,
    observed: Data,
    folder: Path,
    draws: int,
    seed: int,
    workers: int | None,
    engine: EngineName,
) -> list[Path]:
    """Infer, write, run the posterior draws, and compare them with the data."""
    from analysis import load
    from analysis.calibration import report
    from sim import scenario

    found = report.infer(table, observed, seed=seed)
    paths, file = report.write_posterior(found, folder, draws, seed)
    say(_summary(found))
    for line in _warnings(found):
        say(line)
    drawn = scenario.load(file)
    runs = folder / batches.folder_name([drawn], seed)
    _run(runs, drawn, seed, workers, engine)
    written, checks = report.write_checks(found, load(runs), folder)
    unlike = checks[checks["p"] < 0.05]
    say(
        f"{len(unlike)} of {count(len(checks), 'statistic')} of the data are unlike the runs there."
    )
    say(f"Next: reprisal run {file} --replicates 1")
    return [*paths, *written]


def _run(folder: Path, loaded: Loaded, seed: int, workers: int | None, engine: EngineName) -> None:
    """Do the runs that are missing; when interrupted, leave."""
    from sim import store

    results = store.create_or_open(folder, [loaded], seed, 1)
    code = batches.do_missing(results, workers, engine, None)
    if code == batches.INTERRUPTED:
        raise typer.Exit(code)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


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
        spread = f"{row['narrowing']:.2f}"
        rows.append((varied.path, f"{low} to {high}", middle, f"{q05} to {q95}", spread, known))
    head = ("parameter", "prior", "median", "90 %", "sd/prior sd", "identified")
    effective = f"Effective sample size {found.posterior.effective:.0f}"
    accepted = f"{len(found.posterior.weights):,} of {len(found.reference.shares):,} runs accepted"
    return (
        f"{text_table(head, rows)}\n{effective}, {accepted}, compared as {found.reference.source}."
    )


def _warnings(found: Found) -> Iterator[str]:
    if found.reach < _UNREACHED:
        yield "No run resembles the data: the scenario, or its ranges, cannot give them."
    narrowing = found.posterior.narrowing
    if (narrowing >= 0.9).all():
        yield "The data identify none of these parameters."


def _proof(proof: Proof) -> str:
    ranks, coverage = proof.ranks(), proof.coverage()
    rows = []
    for row in ranks.itertuples():
        mine = coverage[coverage["parameter"] == row.parameter]
        shares = [f"{share:.2f}" for share in mine["observed"]]
        uniform = "yes" if row.uniform else "no"
        facts = (f"{row.chi2:.1f}", f"{row.p:.2g}", uniform, *shares, f"{row.narrowing:.2f}")
        rows.append((row.parameter, *facts))
    head = ("parameter", "chi2", "p", "uniform", "in 50 %", "80 %", "90 %", "95 %", "sd/prior sd")
    return text_table(head, rows)
