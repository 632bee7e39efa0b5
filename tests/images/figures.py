"""The figures that are compared, one maker each; the same numbers at every call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import analysis
from analysis import evaluationpage, figures, style
from analysis.comparison import branchpage, contrastpage
from analysis.comparison import figures as comparison
from analysis.evaluation import evaluate, observed_in_runs
from analysis.events import forecast, statistics
from analysis.events.forecast import Horizon, LastWindow, NegativeBinomial, Plan, Poisson
from analysis.events.statistics import EventLog
from analysis.explore import responsefigures
from analysis.explore.convergence import convergence_sheet
from analysis.explore.designs import Explored
from analysis.explore.discovery import discover
from analysis.explore.discoveryfigures import box_sheet
from analysis.explore.sensitivity import sensitivity
from analysis.explore.sensitivityfigures import map_sheet, tornado_sheet
from analysis.explore.stopping import read_event
from analysis.frames import Frames
from analysis.report import precision
from sim.parameters import Scenario
from sim.records import ORDERS, OUTCOMES
from sim.scenario.designs import sampling
from sim.scenario.variants import expand
from sim.targets import Targets
from tests import sweeps, synthetic
from tests.batches import make

DAY, WEEK = 24.0, 168.0
PATHS = ("stances.quiet.battle", "stances.quiet.reprisal", "stances.mobilised.battle")
SWEEPS = (("reprisal.half_life", "12h,1d,2d"), ("stances.mobilised.reprisal", "0.2,0.5"))
CALENDAR = {
    "court": {
        "at": "2022-09-02T10:00",
        "label": "The court",
        "branches": {"moved": {"probability": 0.5}, "ruled": {"probability": 0.5}},
    }
}


@cache
def results() -> Frames:
    """Three scenarios of a week in four provinces, twelve runs each."""
    return synthetic.frames(
        {"base": 0.6, "more": 1.2, "less": 0.3},
        replicates=12,
        length="7d",
        tiles=synthetic.SMALL_TILES,
        capital="south",
    )


@cache
def compared() -> pd.DataFrame:
    return analysis.compare(results(), outcomes=["killed"])


def only(sheets: Callable[[], Iterable[tuple[str, Figure]]]) -> Figure:
    """The one page that there is."""
    with style.context():
        [(_, figure)] = sheets()
    return figure


def of_runs(kind: str, page: int = 0) -> Figure:
    return only(lambda: [list(figures.some(results(), kind))[page]])


def of_comparison(kind: Callable[..., Iterable[tuple[str, Figure]]]) -> Figure:
    return only(lambda: kind(results(), compared()))


@cache
def swept() -> Frames:
    """Runs of a small scenario at combinations of two numbers, and of one."""
    loadeds = expand(["two-groups"], (), [f"{path}={values}" for path, values in SWEEPS])
    return sweeps.results(loadeds, lambda each: 30 * each.numbers.own(SWEEPS[1][0]) + 10)


@cache
def curve() -> Frames:
    loadeds = expand(["two-groups"], (), ["=".join(SWEEPS[0])])
    aside = replace(expand(["two-groups"], ["battle.half_life=1h"])[0], name="aside")
    means = {"aside": 60.0}
    return sweeps.results(
        [aside, *loadeds], lambda each: means.get(each.name) or each.numbers.own(SWEEPS[0][0])
    )


def threshold() -> Figure:
    frames = curve()
    asked = analysis.read_threshold("killed = 0.5 * aside", frames)
    (found,) = analysis.responses(frames)
    return only(lambda: [responsefigures.threshold_sheet(frames, found, asked)])


def contrasts() -> Figure:
    asked = ["more against less", "more - less against base - less"]
    table = analysis.contrasts(results(), asked, outcomes=["killed"])
    return only(lambda: contrastpage.figures(results(), table))


def branches() -> Figure:
    """Even runs see the court move, odd ones see it rule; two never see it."""
    frames = results()
    written = frames.scenarios["base"].scenario.model_dump(mode="json") | {"calendar": CALENDAR}
    held = Scenario.model_validate(written)
    plain = dict.fromkeys([column.name for column in ORDERS], "") | {"time": 0, "tick": 94}
    rows = [
        plain
        | {"scenario": name, "replicate": run, "action": "event"}
        | {"order": f"court.{('moved', 'ruled')[run % 2]}"}
        for name in frames.scenarios
        for run in range(10)
    ]
    tables = {"orders": pd.DataFrame(rows), "runs": frames.runs}
    worlds: Any = {name: synthetic.World(name, held) for name in frames.scenarios}
    parted = Frames(worlds, frames.folders, synthetic.reader(tables))
    table = analysis.compare_by_branch(parted, "court", outcomes=["killed"])
    return only(lambda: branchpage.figures(parted, "court", table))


def evaluation() -> Figure:
    """A number, a range, a duration and a yes or no."""
    told = {"source": "[A] a report"}
    known = Targets.model_validate(
        {
            "title": "Made up",
            "sources": {"A": "A newspaper"},
            "targets": {
                "dead": {**told, "measure": "killed", "label": "Dead", "value": 8, "low": 6},
                "here": {
                    **told, "measure": "killed", "label": "Dead in the south",
                    "provinces": ["south"], "low": 2, "high": 15,
                },
                "quiet": {
                    **told, "measure": "hours_to_quiet", "label": "Quiet", "quiet": "12h",
                    "order": "call_to_withdraw", "high": "9h",
                },
                "night": {
                    **told, "measure": "starts_at_night", "label": "At night", "value": True,
                    "episode": {"gap": "6h", "least_killed": 1},
                },
            },
        }
    )  # fmt: skip
    frames = results().only(["base"])
    values = observed_in_runs(frames, {"base": known})
    table = evaluate(frames, {"base": known}, values)
    return only(lambda: evaluationpage.figures(frames, values, table))


@cache
def explored(method: str, size: int, replicates: int = 2) -> Explored:
    """Runs whose killed hang on the first number, less on the second, and on luck."""
    design = {"method": method, "size": size, "ranges": {path: [0.0, 1.0] for path in PATHS}}
    with tempfile.TemporaryDirectory() as folder:
        loaded = make(Path(folder), "base", design=design)
    assert loaded.design
    points = sampling.draw(loaded.design)
    runs = len(points.values) * replicates
    rng = np.random.default_rng(5)
    first, second, _ = np.tile(points.values, (replicates, 1)).T
    killed = np.round(60 * first**2 - 20 * first * second + 20 + 4 * rng.normal(size=runs))
    table = pd.DataFrame({column.name: np.zeros(runs) for column in OUTCOMES})
    table = table.assign(
        replicate=np.arange(runs),
        killed=killed,
        engagements=np.round(10 + 5 * second + 0.1 * killed),
    )
    return Explored("base", loaded, points, table)


def tornado(method: str, size: int) -> Figure:
    found = explored(method, size)
    names = ["killed", "engagements"]
    return tornado_sheet(sensitivity(found, names), found, names)


def heat_map() -> Figure:
    found = explored("morris", 8)
    return map_sheet(sensitivity(found, ["killed", "engagements", "wounded"]), found)


def box() -> Figure:
    found = explored("latin", 120)
    return box_sheet(discover(found, read_event("killed > 50")), found)


def enough() -> Figure:
    """Two conditions at four looks, reached at the last one."""
    looks = np.array([100, 150, 225, 338])
    conditions = (("ci(killed.mean) < 5%", 20, 15), ("ci(p(killed>30)) < 0.02", 0.2, 1))
    rows = []
    for place, name in enumerate(("base", "more")):
        for condition, middle, wide in conditions:
            at, reach = middle + 0.3 * place, wide / looks**0.5
            ends = {"estimate": at, "low": at - reach, "high": at + reach}
            keys = {"condition": condition, "scenario": name}
            rows.append(pd.DataFrame(keys | {"replicates": looks, "met": looks > 300} | ends))
    return convergence_sheet(pd.concat(rows, ignore_index=True))


def events(days: int) -> EventLog:
    """Events in three places, busier in the second half, with a number of killed."""
    rng = np.random.default_rng(9)
    counts = rng.poisson(np.where(np.arange(days) < days / 2, 1.0, 2.5))
    hours = np.sort(np.repeat(np.arange(days) * DAY, counts) + DAY * rng.random(counts.sum()))
    place = np.array(["north", "centre", "south"], dtype=object)[rng.integers(3, size=len(hours))]
    start = pd.Timestamp("2022-01-01", tz="UTC")
    return EventLog(
        hours, days * DAY, start, True, 0.0, place, 1.0 * rng.zipf(2.3, len(hours)), "made"
    )


def description() -> Figure:
    log = events(90)
    neighbours = {"north": ["centre"], "centre": ["north", "south"], "south": ["centre"]}
    found = statistics.describe(log, {"call": "2022-02-15 12:00"}, neighbours, kernels=(1,))
    return statistics.sheet(log, found)


def rolling() -> Figure:
    forecasters = [LastWindow(draws=200), Poisson(draws=200), NegativeBinomial(draws=200)]
    rolled = forecast.roll(events(168), forecasters, Plan(Horizon(WEEK, 2), first=6 * WEEK))
    return forecast.sheet(rolled, forecast.scores(rolled), "last window")


FIGURES: dict[str, Callable[[], Figure]] = {
    "outcomes": partial(of_runs, "outcomes"),
    "killed": partial(of_runs, "killed"),
    "timeline": partial(of_runs, "timeline"),
    "map": partial(of_runs, "map"),
    "chains": partial(of_runs, "chains"),
    "genealogy": partial(of_runs, "genealogy", 0),
    "longest-chains": partial(of_runs, "genealogy", 1),
    "differences": partial(of_runs, "differences"),
    "response-curve": lambda: only(lambda: responsefigures.sheets(curve())),
    "response-surface": lambda: only(lambda: responsefigures.sheets(swept())),
    "threshold": threshold,
    "contrasts": contrasts,
    "comparison-forest": partial(of_comparison, comparison.forests),
    "comparison-pairs": partial(of_comparison, comparison.distributions),
    "comparison-fans": partial(of_comparison, comparison.fans),
    "comparison-map": partial(of_comparison, comparison.maps),
    "branches": branches,
    "evaluation": evaluation,
    "precision": lambda: only(lambda: precision.figures(results())),
    "sensitivity-sobol": partial(tornado, "sobol", 16),
    "sensitivity-morris": partial(tornado, "morris", 8),
    "sensitivity-map": heat_map,
    "discovery": box,
    "convergence": enough,
    "describe": description,
    "forecast": rolling,
}
