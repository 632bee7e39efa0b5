"""How outcomes hang on parameters, with the noise of chance taken out.

What is analysed is the expected outcome at a point, the mean over chance. Of R replicates only a
noisy mean is known, and a quadratic statistic Q (a variance, a squared effect) of noisy means is
too large by the variance of the noise. With chance independent between replicates

    U = (R^2 Q(mean over replicates) - sum over replicates of Q(replicate)) / (R (R - 1))

keeps only products of different replicates and is free of that bias, as in a one-way analysis of
variance. Sobol: SALib's estimators (A. Saltelli et al. 2010, Computer Physics Communications
181:259) inside U. Morris: SALib's elementary effects (F. Campolongo et al. 2007, Environmental
Modelling & Software 22:1509), their variance inside U. Points of a block share chance, blocks are
independent: intervals resample whole blocks (percentile bootstrap, 95 %). Stochastic models and
their indices: X. Zhu and B. Sudret 2021, Reliability Engineering & System Safety 214:107815.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import intervals, wording
from analysis.arrays import Floats
from analysis.chance import generator
from analysis.explore.designs import Explored
from analysis.frames import LoadError
from sim.scenario import left_out
from sim.scenario.designs.sampling import MORRIS_LEVELS
from sim.scenario.writing import write_value

RESAMPLES = 1000
SEED = 1
FEWEST = 4  # trajectories, with fewer of which the share of chance has no interval


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """How outcomes hang on parameters.

    ``effects`` has one row per outcome and parameter, see `sensitivity`. ``variance`` has one per
    outcome: ``mean``, ``variance`` over points and random numbers, ``parameters`` (the part of it
    that is variance of the expected outcome over points), and ``chance``, the share that is left to
    chance, with its interval (``sobol`` and ``morris``). ``left_out`` are outcomes without a value
    at some point; ``held`` lists the parameters that the design does not vary, with ``value`` and
    ``why``.
    """

    method: str
    effects: pd.DataFrame
    variance: pd.DataFrame
    left_out: tuple[str, ...]
    held: pd.DataFrame


def sensitivity(explored: Explored, outcomes: Sequence[str] | None = None) -> Sensitivity:
    """Measure how outcomes hang on parameters.

    Parameters
    ----------
    explored : Explored
        Runs of a design other than a Latin hypercube.
    outcomes : sequence of str, optional
        Names of outcomes; all when left out.

    Returns
    -------
    Sensitivity
        ``effects`` has ``outcome``, ``parameter`` (dotted path) and, for ``sobol``: ``first``
        and ``total`` with ``_low`` and ``_high``, shares of the variance of the expected
        outcome; ``morris``: ``mu`` (mean elementary effect, over the whole range), ``mu_star``
        (mean absolute effect) with interval, ``sigma`` (its variation without that of chance),
        ``numbers_low`` and ``numbers_high`` (the effect where the other numbers are not known: mu
        and 1.96 sigma to either side) and ``chance`` (``mu_star`` of a parameter without
        effect); ``one_at_a_time`` and ``grid``: ``value``, and ``effect`` with interval, the mean
        difference from the scenario itself, or from the mean of the grid.

    Raises
    ------
    LoadError
        For another design, an unknown outcome, or when runs are missing.
    """
    measure = _METHODS.get(explored.design.method)
    if measure is None:
        known = ", ".join(_METHODS)
        raise LoadError(f"sensitivity needs a design by {known}; latin is for --where")
    names = outcome_names(explored, outcomes)
    values = {name: explored.outcome(name) for name in names}
    known_names = [name for name in names if _complete(values[name])]
    if not known_names:
        raise LoadError("no outcome has a value at every point; run what is missing first")
    effects = [
        pd.DataFrame(measure(explored, values[name])).assign(outcome=name) for name in known_names
    ]
    table = pd.concat(effects, ignore_index=True)
    first = ["outcome", "parameter"]
    return Sensitivity(
        explored.design.method,
        table[[*first, *(name for name in table.columns if name not in first)]],
        pd.DataFrame([_variance(explored, name, values[name]) for name in known_names]),
        tuple(name for name in names if name not in known_names),
        held(explored),
    )


def outcome_names(explored: Explored, outcomes: Sequence[str] | None) -> list[str]:
    """Names of outcomes of a design: those given, or all; a LoadError names an unknown one."""
    return wording.chosen_outcomes(outcomes, list(explored.outcomes), LoadError)


def held(explored: Explored) -> pd.DataFrame:
    """List the parameters that a design does not vary, and why."""
    rows = [(each.path, write_value(each.value), each.why) for each in left_out(explored.loaded)]
    return pd.DataFrame(rows, columns=["parameter", "value", "why"])


def without_noise(of_mean: Any, of_each: Sequence[Any]) -> Any:
    """Take the noise of chance out of a quadratic statistic."""
    count = len(of_each)
    if count < 2:
        return of_mean
    return (count**2 * of_mean - sum(of_each)) / (count * (count - 1))


def sobol_indices(values: Floats, size: int) -> dict[str, Floats]:
    """Estimate Sobol indices of the expected outcome."""
    cube = values.reshape(size, -1, values.shape[1])
    rows = generator(SEED, "sobol").integers(0, size, (RESAMPLES, size))
    cube = cube - cube[:, [0, -1]].mean()
    at = {name: value[0] for name, value in _sobol(cube, np.arange(size)[None]).items()}
    drawn = _sobol(cube, rows)
    if not np.isfinite(drawn["total"]).all():
        at["first"], at["total"] = (np.full_like(at["first"], np.nan) for _ in range(2))
    return at | {
        f"{name}_{end}": np.nanquantile(drawn[name], level, axis=0)
        if np.isfinite(at[name]).all()
        else np.full_like(at[name], np.nan)
        for name in at
        for end, level in (("low", 0.025), ("high", 0.975))
    }


def _sobol(cube: Floats, rows: NDArray[np.int64]) -> dict[str, Floats]:
    """Estimate indices from each of several samples of base points (rows of `rows`)."""
    from SALib.analyze import sobol

    layers = [cube.mean(axis=2), *np.moveaxis(cube, 2, 0)]
    first, total, spread = [], [], []
    for layer in layers:
        a, b = layer[:, 0][rows].T, layer[:, -1][rows].T
        variance = np.var(np.r_[a, b], axis=0)
        mixed = [layer[:, place][rows].T for place in range(1, layer.shape[1] - 1)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SALib warns of a constant outcome
            first.append(np.array([sobol.first_order(a, ab, b) for ab in mixed]).T)
            total.append(np.array([sobol.total_order(a, ab, b) for ab in mixed]).T)
        first[-1], total[-1] = (np.asarray(x) * variance[:, None] for x in (first[-1], total[-1]))
        spread.append(variance)
    expected = np.asarray(without_noise(spread[0], spread[1:]))
    whole = np.mean(spread[1:], axis=0)
    scale = np.where(expected > 1e-12 * np.maximum(whole, 1e-300), expected, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        chance = np.where(whole > 0, 1 - expected / whole, np.nan)
    if len(layers) < 3:
        chance = np.full_like(chance, np.nan)
    return {
        "first": np.asarray(without_noise(first[0], first[1:])) / scale[:, None],
        "total": np.asarray(without_noise(total[0], total[1:])) / scale[:, None],
        "chance": np.clip(chance, 0, 1)[:, None],
    }


def _by_sobol(explored: Explored, values: Floats) -> dict[str, Any]:
    made = sobol_indices(values, explored.design.size)
    return {"parameter": _paths(explored)} | {
        f"{name}{end}": made[f"{name}{end}"]
        for name in ("first", "total")
        for end in ("", "_low", "_high")
    }


def _by_morris(explored: Explored, values: Floats) -> dict[str, Any]:
    mean, *each = (_morris(explored, column) for column in (values.mean(axis=1), *values.T))
    squares = [one["sigma"] ** 2 for one in each]
    clean = np.maximum(without_noise(mean["sigma"] ** 2, squares), 0.0)
    noise = np.maximum(mean["sigma"] ** 2 - clean, 0.0)
    unknown = len(each) < 2
    reach = np.asarray(mean["mu_star_conf"], float)
    return {
        "parameter": _paths(explored),
        "mu": mean["mu"],
        "mu_star": mean["mu_star"],
        "mu_star_low": np.maximum(mean["mu_star"] - reach, 0.0),
        "mu_star_high": mean["mu_star"] + reach,
        "sigma": np.sqrt(clean),
        "numbers_low": mean["mu"] - intervals.Z * np.sqrt(clean),
        "numbers_high": mean["mu"] + intervals.Z * np.sqrt(clean),
        "chance": np.full_like(noise, np.nan) if unknown else np.sqrt(2 / math.pi * noise),
    }


def _morris(explored: Explored, column: Floats) -> dict[str, Floats]:
    from SALib.analyze import morris

    paths = _paths(explored)
    problem = {"num_vars": len(paths), "names": paths, "bounds": [[0.0, 1.0]] * len(paths)}
    made = morris.analyze(
        problem, explored.points.shares, column, num_levels=MORRIS_LEVELS,
        num_resamples=RESAMPLES, seed=SEED,
    )  # fmt: skip
    return {
        name: np.asarray(made[name], float) for name in ("mu", "mu_star", "sigma", "mu_star_conf")
    }


def _by_change(explored: Explored, values: Floats) -> list[dict[str, Any]]:
    rows = []
    moved = ~np.isnan(explored.points.values)
    for place, path in enumerate(_paths(explored)):
        for point in np.flatnonzero(moved[:, place]):
            effect = intervals.mean(values[point] - values[0])
            rows.append(_effect_row(path, explored.points.values[point, place], effect))
    return rows


def _by_grid(explored: Explored, values: Floats) -> list[dict[str, Any]]:
    """Average over the other parameters; replicates are the independent chance."""
    rows = []
    centred = values - values.mean(axis=0)
    for place, path in enumerate(_paths(explored)):
        column = explored.points.values[:, place]
        for level in np.unique(column):
            effect = intervals.mean(centred[column == level].mean(axis=0))
            rows.append(_effect_row(path, level, effect))
    return rows


def _effect_row(path: str, value: float, effect: intervals.Estimate) -> dict[str, Any]:
    return {"parameter": path, "value": float(value), **effect.columns("effect")}


_METHODS: dict[str, Any] = {
    "one_at_a_time": _by_change,
    "morris": _by_morris,
    "sobol": _by_sobol,
    "grid": _by_grid,
}


def _variance(explored: Explored, name: str, values: Floats) -> dict[str, Any]:
    """Part the variance of an outcome between parameters and chance."""
    chance, size = (math.nan, math.nan), explored.design.size
    if explored.design.method == "morris":
        chance = chance_interval(values, size)
    if explored.design.method == "sobol":
        made = sobol_indices(values, size)
        chance = float(made["chance_low"][0]), float(made["chance_high"][0])
        cube = values.reshape(size, -1, values.shape[1])
        values = cube[:, [0, -1]].reshape(-1, values.shape[1])  # the points drawn at random
    within, between = _parted(values)
    between = max(0.0, between)
    return {
        "outcome": name,
        "points": len(values),
        "replicates": values.shape[1],
        "mean": float(values.mean()),
        "variance": between + within,
        "parameters": between,
        "chance": within / (between + within) if between + within > 0 else math.nan,
        "chance_low": chance[0],
        "chance_high": chance[1],
    }


def chance_interval(values: Floats, size: int) -> tuple[float, float]:
    """Give the 95 % interval of the share of chance, by a jackknife over trajectories."""
    if values.shape[1] < 2 or size < FEWEST or values.var() == 0:
        return math.nan, math.nan
    cube = values.reshape(size, -1, values.shape[1]) - values.mean()
    others = [np.delete(cube, place, axis=0) for place in range(size)]
    whole, parts = _raw_share(cube), np.array([_raw_share(each) for each in others])
    middle = size * whole - (size - 1) * float(parts.mean())
    error = math.sqrt((size - 1) / size * float(((parts - parts.mean()) ** 2).sum()))
    reach = intervals.t_quantile(size - 1) * error
    return float(np.clip(middle - reach, 0, 1)), float(np.clip(middle + reach, 0, 1))


def _raw_share(cube: Floats) -> float:
    """Give the share of chance in the variance of runs, above 1 where noise hides the points."""
    within, between = _parted(cube.reshape(-1, cube.shape[2]))
    return within / (between + within)


def _parted(values: Floats) -> tuple[float, float]:
    """Give the variance within points, and that between them, below 0 where noise hides it."""
    within = float(values.var(axis=1, ddof=1).mean()) if values.shape[1] > 1 else math.nan
    spreads = [float(column.var()) for column in values.T]
    return within, float(without_noise(float(values.mean(axis=1).var()), spreads))


def _complete(values: Floats) -> bool:
    return bool(values.size and not np.isnan(values).any())


def _paths(explored: Explored) -> list[str]:
    return [each.path for each in explored.design.ranges]
