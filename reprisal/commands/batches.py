"""The command ``run``: a batch of scenarios, started or continued."""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.commands.results import Figures, checked_figures, draw
from reprisal.commands.scenarios import warn
from reprisal.estimate import forecast
from reprisal.options import (
    RESULTS_FOLDER,
    Engine,
    EngineName,
    Files,
    Model,
    Sets,
    Workers,
    own_model,
)
from reprisal.progress import show_progress
from reprisal.single import one_run
from reprisal.until import AT_MOST, run_until
from reprisal.wording import count, duration, failure_list, rate, say

if TYPE_CHECKING:
    import pandas as pd

    from sim.batch import BatchResult
    from sim.batch.pool import Pool
    from sim.ownmodel import OwnModel
    from sim.scenario import Loaded
    from sim.store import Store

SOME_FAILED = 1
PER_SCENARIO, PER_POINT = 100, 4
INTERRUPTED = 130
FAILURES_SHOWN = 3
MANY = 50
FILES_NAMED, LONGEST_NAME = 3, 80


def run(
    files: Files,
    replicates: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Runs of each scenario, or of each design point.",
            show_default="100, or 4 per point",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, metavar="S", help="Random seed; all scenarios share it.")
    ] = 1,
    sets: Sets = [],  # noqa: B006 - typer copies it
    sweeps: Annotated[
        list[str],
        typer.Option(
            "--sweep",
            metavar="PATH=...",
            help="Vary a parameter: values A,B,C or range A..B; repeat.",
        ),
    ] = [],  # noqa: B006 - typer copies it
    design: Annotated[
        str,
        typer.Option(
            "--design",
            metavar="METHOD",
            help="Sample ranges: grid, one_at_a_time, latin, sobol, morris.",
            show_default="grid",
        ),
    ] = "",
    size: Annotated[
        int | None,
        typer.Option(
            min=2,
            metavar="M",
            help="Number of levels or points of the design.",
        ),
    ] = None,
    uncertain: Annotated[
        bool,
        typer.Option("--uncertain", help="Draw uncertain parameters: posterior or ranges."),
    ] = False,
    until: Annotated[
        list[str],
        typer.Option(metavar="WIDTH", help="Until intervals are narrow: 'ci(killed.mean) < 5%'."),
    ] = [],  # noqa: B006 - typer copies it
    workers: Workers = None,
    engine: Engine = EngineName.AUTO,
    model: Model = "",
    no_ticks: Annotated[
        bool, typer.Option("--no-ticks", help="Store no row per tick: a tenth of the disk space.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Results folder.", show_default="below results/"),
    ] = None,
    executor: Annotated[
        str,
        typer.Option(
            metavar="WHERE", help="Where to run: local, or dask=ADDRESS.", show_default=False
        ),
    ] = "local",
    shard: Annotated[
        str, typer.Option(metavar="K/N", help="Run only part K of N.", show_default=False)
    ] = "1/1",
    only: Annotated[
        str,
        typer.Option(metavar="NAME/R", help="Run replicate R alone and show it; store nothing."),
    ] = "",
    replay: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.gif",
            help="Draw one typical run, or that of --only, as a GIF.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count the runs and estimate the time.")
    ] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the figures afterwards.")] = False,
    figures: Figures = "",
) -> None:
    """Run scenarios many times and store the results.

    The same command again does only the runs that are missing. Standard output gets the
    results folder, standard error everything else.
    """
    from sim import store
    from sim.scenario.variants import expand
    from sim.store import blocks

    part, drawn = blocks.parse_shard(shard), checked_figures(figures)
    _tell_many(files, sweeps)
    loaded = expand(files, sets, sweeps, design, size)
    loaded = _drawn(loaded, seed) if uncertain else loaded
    own, at_most = own_model(model, engine), replicates or AT_MOST
    warn(loaded)
    replicates = replicates or default_replicates(loaded)
    folder = out if out is not None else Path(RESULTS_FOLDER, folder_name(loaded, seed, own))
    ticks = False if no_ticks else None
    if only or replay is not None:
        _refuse_for_one_run(plot or drawn or until or out is not None)
        raise typer.Exit(0 if one_run(only, replay, loaded, seed, engine, own) else SOME_FAILED)
    if dry_run:
        _check_conditions(until)
        plan = store.plan(folder, loaded, seed, at_most if until else replicates, part, own, ticks)
        return forecast(plan, loaded, workers, engine, own)
    if until and part.of > 1:
        raise typer.BadParameter("--until needs the whole batch; leave --shard out")
    with _pool(executor) as pool:
        if until:
            again = partial(_do, workers=workers, engine=engine, pool=pool)
            raise typer.Exit(_run_until(folder, loaded, until, at_most, seed, again, own, ticks))
        results = store.create_or_open(folder, loaded, seed, replicates, part, own, ticks)
        _import_meanwhile("analysis.figures" if plot or drawn else "sim")
        code = do_missing(results, workers, engine, pool)
    _draw_or_say_how(results, code, plot or bool(drawn), drawn)
    raise typer.Exit(code)


def _refuse_for_one_run(given: object) -> None:
    if given:
        raise typer.BadParameter(
            "--only and --replay store nothing: leave --plot, --figure, --until and --out out"
        )


def _tell_many(files: Sequence[Path], sweeps: Sequence[str]) -> None:
    """Say so where reading all scenarios takes a while."""
    from sim.scenario.variants import how_many

    if (number := how_many(files, sweeps)) > MANY:
        say(f"Reading {count(number, 'scenario')} ...")


def _check_conditions(until: Sequence[str]) -> None:
    """Refuse conditions that cannot be read, and say that a batch with conditions may end early."""
    if until:
        from analysis.explore import stopping

        for text in until:
            stopping.read_condition(text)
        say("This is the most that is run; --until stops when intervals are narrow enough.")


def _import_meanwhile(module: str) -> None:
    """Import a slow module while workers run, which leave this process idle."""
    Thread(target=import_module, args=[module], daemon=True).start()


@contextmanager
def _pool(executor: str) -> Iterator[Pool | None]:
    """Connect to workers elsewhere, as ``--executor`` says; None for those of this computer."""
    from sim.batch import daskpool

    pool = daskpool.find(executor)
    try:
        yield pool
    finally:
        if pool is not None:
            pool.close()


def _drawn(loadeds: Sequence[Loaded], seed: int) -> list[Loaded]:
    """Give scenarios draws of their uncertain parameters, and say where they come from."""
    from sim.scenario.uncertain import not_drawn, posterior_of, uncertain

    drawn = [uncertain(loaded, seed=seed) for loaded in loadeds]
    for loaded in drawn:
        assert loaded.design is not None
        file, as_written = posterior_of(loaded), not_drawn(loaded)
        source = f"the posterior in {file}" if file else "the ranges in the file"
        numbers = count(len(loaded.design.ranges), "number")
        fixed = f"; not drawn: {', '.join(as_written)}" if as_written else ""
        say(f"{loaded.name}: {loaded.points} draws of {numbers} from {source}{fixed}.")
    return drawn


def _draw_or_say_how(results: Store, code: int, plot: bool, drawn: Sequence[str]) -> None:
    typer.echo(str(results.folder))
    if code == INTERRUPTED or not any(map(results.blocks.stored, results.active)):
        return
    if plot:
        draw([results.folder], only=drawn)
    else:
        say(f"Next: {shlex.join(['reprisal', 'plot', str(results.folder)])}")


def default_replicates(loaded: Sequence[Loaded]) -> int:
    """Choose how many replicates are run when nobody says."""
    return PER_POINT if any(each.design for each in loaded) else PER_SCENARIO


def folder_name(loaded: Sequence[Loaded], seed: int, model: OwnModel | None = None) -> str:
    """Name the results folder of a batch after its files and what was set or swept in them."""
    from sim.scenario.designs import LISTED
    from sim.scenario.variants import variant_name

    parts = [scenario.name.split("+") for scenario in loaded]
    files = [parts[0][0], *sorted({stem for stem, *_ in parts} - {parts[0][0]})]
    changes = dict.fromkeys(each for _, *changed in parts for each in changed)
    values: dict[str, list[str]] = {}
    for each in changes:
        values.setdefault(each.partition("=")[0], []).append(each)
    shown = [own[0] if len(own) == 1 else f"{key}-{len(own)}" for key, own in values.items()]
    methods = dict.fromkeys(one.design.method for one in loaded if one.design is not None)
    designs = [method for method in methods if method != LISTED]
    named = "+".join([*files[:FILES_NAMED], *shown, *designs])
    more = f"+{len(files) - FILES_NAMED}-more" if len(files) > FILES_NAMED else ""
    first = variant_name(named)[:LONGEST_NAME].rstrip("+=-._") + more
    content = sorted(f"{scenario.name} {scenario.hash}" for scenario in loaded)
    own = "" if model is None else f"-{variant_name(model.class_name)}"
    models = [] if model is None else [f"{model.class_name} {model.sha256}"]
    digest = hashlib.sha256("\n".join([*content, str(seed), *models]).encode()).hexdigest()
    return f"{first}{own}-{digest[:6]}"


def _run_until(
    folder: Path,
    loaded: Sequence[Loaded],
    until: Sequence[str],
    at_most: int,
    seed: int,
    do: Callable[[Store], BatchResult],
    model: OwnModel | None,
    ticks: bool | None,
) -> int:
    outcomes: list[BatchResult] = []

    def once(results: Store) -> BatchResult:
        outcomes.append(do(results))
        return outcomes[-1]

    answer = run_until(folder, loaded, until, at_most, seed, once, _tell_look, model, ticks)
    typer.echo(str(folder))
    if answer.stopped:
        return INTERRUPTED
    from analysis.explore.convergence import write_convergence

    for path in write_convergence(answer.table, folder / "figures"):
        typer.echo(str(path))
    runs = f"{count(answer.runs, 'run')} of each scenario"
    if not answer.enough:
        say(f"Intervals are still too wide after {runs}, the limit; --replicates raises it.")
        return SOME_FAILED
    say(f"Intervals are narrow enough after {runs}.")
    return SOME_FAILED if any(outcome.failed for outcome in outcomes) else 0


def _tell_look(rows: pd.DataFrame) -> None:
    for row in rows.itertuples():
        reached = "narrow enough" if row.met else f"wanted {row.wanted:.3g}"
        what = f"{row.scenario}, {row.condition}"
        say(f"{what}: {row.estimate:.4g} ± {row.half_width:.3g} after {row.runs:,} runs, {reached}")


def do_missing(results: Store, workers: int | None, engine: EngineName, pool: Pool | None) -> int:
    """Do the missing runs of a results folder, and show how far they are."""
    outcome = _do(results, workers, engine, pool)
    if outcome.interrupted:
        return INTERRUPTED
    return SOME_FAILED if outcome.failed else 0


def _do(results: Store, workers: int | None, engine: EngineName, pool: Pool | None) -> BatchResult:
    from sim import batch
    from sim.store.blocks import total

    for note in results.notes:
        say(f"Note: {note}.")
    wanted = sum(results.wanted(name) for name in results.active)
    missing = sum(total(results.missing_spans(name)) for name in results.active)
    what = f"{count(len(results.active), 'scenario')}, {count(wanted, 'run')}"
    if results.shard.of > 1:
        what += f" of shard {results.shard.text}"
    bare = "" if results.manifest.ticks else ", without ticks"
    say(f"{what} ({wanted - missing:,} finished already) in {results.folder}{bare}")
    if not missing:
        say("Nothing to do: every run is finished.")
        return batch.run(results, workers, engine=engine.value)
    with show_progress(missing) as show:
        outcome = batch.run(results, workers, show, engine=engine.value, pool=pool)
    _tell(outcome, results.folder)
    return outcome


def _tell(outcome: BatchResult, folder: Path) -> None:
    from sim.store.sessions import command_line

    speed = f" ({rate(outcome.rate)}, not counting the start)" if outcome.rate else ""
    ended = f"{count(outcome.done, 'run')} finished, {outcome.failed:,} failed"
    how = f"{count(outcome.workers, 'worker')}, engine {outcome.engine}"
    say(f"{ended} in {duration(outcome.seconds)}{speed}, {how}")
    if outcome.failures:
        in_order = sorted(outcome.failures, key=lambda failure: failure.key)
        say(failure_list(in_order[:FAILURES_SHOWN]))
        say(f"See them all: {shlex.join(['reprisal', 'verify', '--failures', str(folder)])}")
    if outcome.interrupted:
        say(f"Interrupted with {count(outcome.left, 'run')} left; all finished runs are stored.")
        say(f"Continue with: {command_line(sys.argv)}")
