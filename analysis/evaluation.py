"""Compare runs with what was observed: where each observation lies in the simulated ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis import intervals, scores, verdicts
from analysis.arrays import Floats
from analysis.explore.designs import points_of
from analysis.frames import KILLED, Frames, LoadError
from analysis.measures import Run, measure
from sim.targets import OwnOutcome, Targets, unit_of

if TYPE_CHECKING:
    from sim.parameters import Scenario

QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
_SIDES = ("attacker", "target")
_LABELS = ("province", *_SIDES)
_WOUNDED = ("attacker_wounded", "target_wounded")
_COUNTS = ("killed", "wounded", "parent", "attacker_killed", "target_killed")
_LOOKED_AT = "deployment"


def evaluate(
    frames: Frames,
    targets: Mapping[str, Targets],
    values: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Place every observation in the distribution over runs.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    targets : mapping of str to sim.targets.Targets
        By shown scenario name; scenarios without targets are left out.
    values : mapping of str to pandas.DataFrame, optional
        From `observed_in_runs`, when it was called before.

    Returns
    -------
    pandas.DataFrame
        One row per scenario and target: ``scenario``, ``target``, ``label``, ``kind``
        (``value``, ``range`` or ``yes or no``), ``unit``; what was observed as ``observed``,
        ``low`` and ``high``; ``runs``, in how many it ``happened`` and their ``share`` with
        its 95 % interval ``share_low``, ``share_high``; and over the runs in which it
        happened ``q05``, ``q25``, ``median``, ``q75``, ``q95``, the observation's
        ``quantile`` (the middle of the shares ``below`` and ``up_to`` it), the share that
        ``agree`` with the range or the answer (95 % interval ``agree_low``, ``agree_high``);
        over all runs the ``probability`` of a run as reported; ``inside_50`` and
        ``inside_90`` (missing where it happened in too few runs), ``score`` (CRPS, or Brier's)
        with its Monte-Carlo standard error ``score_error``, its name as ``rule``, the
        ``verdict`` in words and the ``source``.
    """
    measured = observed_in_runs(frames, targets) if values is None else values
    rows = [
        {"scenario": name, **_row(key, target, measured[name][key].to_numpy(dtype=float))}
        for name, file in targets.items()
        for key, target in file.targets.items()
    ]
    table = pd.DataFrame(rows).astype({"inside_50": object, "inside_90": object})
    return table.assign(scenario=frames.labels(table["scenario"]))


def as_reported(target: Any, values: Floats) -> NDArray[np.bool_]:
    """Say which runs give what was reported: within its range, or the same answer.

    A value without a range is a range of one number. A run in which it did not happen is not as
    reported.
    """
    low, high = span(target)
    return np.asarray((values >= low) & (values <= high))


def span(target: Any) -> tuple[float, float]:
    """Give the ends of what was reported, infinite where it names none."""
    low, high = (getattr(target, end, None) for end in ("low", "high"))
    if low is None and high is None:
        return float(target.value), float(target.value)
    return -math.inf if low is None else float(low), math.inf if high is None else float(high)


def score(probability: ArrayLike, runs: ArrayLike) -> float:
    """Sum the logarithms of the probabilities that a run is as reported, over all targets.

    Each is taken as (k + 1/2) / (n + 1) where k of n runs are as reported, so that a report that
    no run meets costs much and not everything.
    """
    number = np.asarray(runs, dtype=float)
    met = np.asarray(probability, dtype=float) * number
    return float(np.log((met + 0.5) / (number + 1)).sum())


def observed_in_runs(frames: Frames, targets: Mapping[str, Targets]) -> dict[str, pd.DataFrame]:
    """Measure every run in the way in which each target was measured.

    By scenario: one row per replicate and one column per target, in the target's unit; 1 and 0 for
    yes and no; missing where it did not happen in the run.
    """
    return {
        name: pd.DataFrame(
            {
                replicate: {
                    key: _own(frames, key, target, name, replicate)
                    if isinstance(target, OwnOutcome)
                    else measure(target, run)
                    for key, target in file.targets.items()
                }
                for replicate, run in each_run(frames.only([name]), name)
            }
        ).T
        for name, file in targets.items()
    }


def _own(frames: Frames, key: str, target: OwnOutcome, scenario: str, replicate: int) -> float:
    """Give the outcome of the user's own of a run."""
    if target.outcome not in frames.own:
        known = ", ".join(frames.own) or "none"
        raise LoadError(
            f"target {key}: no outcome {target.outcome!r} was given (known are {known});"
            f" --own MODULE:{target.outcome} names its function"
        )
    return float(frames.own[target.outcome].values[scenario, replicate])


def each_run(frames: Frames, name: str) -> Iterator[tuple[int, Run]]:
    """Give every run of a scenario, those without an engagement too."""
    engagements, orders, at = _events(frames, name), _orders(frames, name), _settings(frames, name)
    history = engagements["replicate"].to_numpy()
    columns = {key: engagements[key].to_numpy() for key in (*_LABELS, *_COUNTS)}
    scenario = frames.scenarios[name].scenario
    hour = engagements["tick"].to_numpy(dtype=float) * scenario.clock.tick
    ran = frames.runs.loc[frames.runs["scenario"] == name, "replicate"].to_numpy()
    firsts, lasts = (np.searchsorted(history, ran, side) for side in ("left", "right"))
    for replicate, first, last in zip(ran, firsts, lasts, strict=True):
        own = slice(first, last)
        cut = {key: column[own] for key, column in columns.items()}
        given = orders.get(int(replicate), {})
        settings = partial(at, int(replicate))
        yield int(replicate), Run(scenario, settings, hour[own], **cut, orders=given)


def _settings(frames: Frames, name: str) -> Callable[[int], Scenario]:
    """Give the settings of a run: measures look at those of deployment, which a design may vary."""
    loaded = frames.scenarios[name]
    points = points_of(frames, loaded)
    if points is None or not any(each.steps[0] == _LOOKED_AT for each in points.design.ranges):
        return lambda _: loaded.scenario
    at = cache(lambda point: points.scenario(loaded.resolved, point))
    return lambda replicate: at(replicate % len(points.values))


def _events(frames: Frames, name: str) -> pd.DataFrame:
    columns = ["replicate", "engagement", "tick", "parent", *_LABELS, *KILLED, *_WOUNDED]
    parts = [
        part[part["scenario"] == name].astype(dict.fromkeys(_LABELS, object))
        for part in frames.batches("engagements", columns)
    ]
    rows = pd.concat(parts, ignore_index=True).sort_values(["replicate", "engagement"])
    killed, wounded = (rows[list(names)].sum(axis=1) for names in (KILLED, _WOUNDED))
    return rows.assign(killed=killed, wounded=wounded)


def _orders(frames: Frames, name: str) -> dict[int, dict[str, float]]:
    """Hours at which each order was first given, by replicate."""
    orders = frames.table("orders", ["replicate", "tick", "order"])
    own = orders[orders["scenario"] == name].astype({"order": object})
    tick = frames.scenarios[name].scenario.clock.tick
    found: dict[int, dict[str, float]] = {}
    for (replicate, order), first in own.groupby(["replicate", "order"])["tick"].min().items():
        found.setdefault(int(replicate), {})[str(order)] = float(first) * tick
    return found


def _row(key: str, target: Any, values: Floats) -> dict[str, Any]:
    happened, met = values[~np.isnan(values)], as_reported(target, values)
    share = intervals.share(happened.size, values.size)
    row: dict[str, Any] = {
        "target": key,
        "label": target.label,
        "kind": _kind(target),
        "unit": unit_of(target),
        "observed": math.nan if target.value is None else float(target.value),
        "low": _number(getattr(target, "low", None)),
        "high": _number(getattr(target, "high", None)),
        "runs": values.size,
        "happened": happened.size,
        **share.columns("share"),
    }
    quantiled = happened if row["kind"] != verdicts.YES_NO else np.empty(0)
    row |= {name: intervals.quantile(quantiled, level) for name, level in QUANTILES.items()}
    row |= _placed(row, happened, met[~np.isnan(values)])
    row["probability"] = float(met.mean()) if met.size else math.nan
    return row | {"verdict": verdicts.verdict(row), "source": target.source}


def _placed(row: Mapping[str, Any], values: Floats, agree: NDArray[np.bool_]) -> dict[str, Any]:
    share = intervals.share(int(agree.sum()), agree.size)
    rank = scores.Rank(math.nan, math.nan)
    if row["kind"] == verdicts.VALUE:
        rank = scores.rank(values, row["observed"])
        score, rule = scores.crps(values, row["observed"]), "CRPS"
        inside = [row[low] <= row["observed"] <= row[high] for low, high in verdicts.BANDS]
    else:
        score, rule = scores.brier(agree, True), "Brier"
        inside = [share.value >= least for least in verdicts.LEAST_AGREEING]
    answers = [bool(answer) if values.size >= verdicts.FEWEST else None for answer in inside]
    return {
        "below": rank.below,
        "up_to": rank.up_to,
        "quantile": rank.middle,
        **share.columns("agree"),
        **dict(zip(("inside_50", "inside_90"), answers, strict=True)),
        "score": score.value,
        "score_error": score.error,
        "rule": rule,
    }


def _kind(target: Any) -> str:
    if isinstance(target.value, bool):
        return verdicts.YES_NO
    return verdicts.RANGE if target.value is None else verdicts.VALUE


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
