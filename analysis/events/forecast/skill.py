"""Sum up scored forecasts: skill, coverage and calibration, with intervals over origins.

Forecasts from neighbouring origins overlap and are not independent, so origins are resampled in
blocks (a circular block bootstrap, Politis and Romano 1992) and for all forecasters together.
With few blocks the bootstrap is far too sure, and there are no intervals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.chance import generator
from analysis.events.forecast.rolling import Rolled
from analysis.intervals import ENDS

LEVELS = np.round(np.arange(0.05, 1.0, 0.05), 2)
COVERAGES = {"cover_50": ("q25", "q75"), "cover_90": ("q05", "q95")}
DRAWS = 999
FEWEST_STRETCHES = 8


def scores(rolled: Rolled, against: str = "last window", seed: int = 1) -> pd.DataFrame:
    """Compare forecasters.

    Parameters
    ----------
    rolled : Rolled
        From `analysis.events.forecast.roll`.
    against : str
        The forecaster with which the others are compared.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        One row per ``series``, ``lead`` and ``forecaster``: ``origins``, mean ``crps``
        [events], ``skill`` (1 - crps / that of ``against``), mean ``log_score`` [nats],
        ``log_gain`` (that of ``against`` minus this one), and the shares ``cover_50`` and
        ``cover_90`` of observed counts within the central 50 and 90 % of forecasts, each of
        skill, log_gain and coverages with its 95 % interval in ``_low`` and ``_high``; NaN
        where origins hold fewer than 8 `stretches`.

    Raises
    ------
    ValueError
        When ``against`` took no part.
    """
    names = rolled.table["forecaster"].unique()
    if against not in names:
        raise ValueError(f"{against!r} took no part; forecasters are {', '.join(names)}")
    weights = _weights(rolled, seed)
    rows = []
    for key, part in _windows(rolled):
        crps, logs = _wide(part, "crps"), _wide(part, "log_score")
        rows += [
            {
                **key, "forecaster": name, "origins": len(crps),
                "crps": crps[name].mean(), "log_score": logs[name].mean(),
                **_ratio(crps[name].to_numpy(), crps[against].to_numpy(), weights),
                **_mean("log_gain", (logs[against] - logs[name]).to_numpy(), weights),
                **_covers(part[part["forecaster"] == name], weights),
            }
            for name in names
        ]  # fmt: skip
    return pd.DataFrame(rows)


def best(rolled: Rolled, seed: int = 1) -> pd.DataFrame:
    """Say which forecaster has the smallest mean CRPS, and whether by more than chance.

    One row per ``series`` and ``lead``: the ``best``, the ``next`` one, by how much the best is
    better, ``gain`` [events], with its 95 % interval (NaN with fewer than 8 `stretches`), and
    ``clear``, whether there is an interval that leaves out 0.
    """
    weights, rows = _weights(rolled, seed), []
    for key, part in _windows(rolled):
        crps = _wide(part, "crps")
        order = crps.mean().sort_values(kind="stable").index
        row = key | {"best": order[0], "next": "", "clear": False}
        if len(order) > 1:
            gain = _mean("gain", (crps[order[1]] - crps[order[0]]).to_numpy(), weights)
            row |= {"next": order[1], **gain, "clear": gain["gain_low"] > 0}
        rows.append(row)
    return pd.DataFrame(rows)


def calibration(rolled: Rolled, seed: int = 1) -> pd.DataFrame:
    """Say how often counts fell below each quantile of their forecasts, all windows together.

    One row per ``series``, ``forecaster`` and nominal ``level``: the share ``observed`` with its 95
    % interval. Counts have ties: what a forecast says of the observed count itself is spread evenly
    (Czado, Gneiting and Held 2009, Biometrics 65:1254).
    """
    weights, rows = _weights(rolled, seed), []
    single = rolled.table[rolled.table["lead"] > 0]
    for (series, name), part in single.groupby(["series", "forecaster"], sort=False):
        low, high = part["below"].to_numpy(), part["up_to"].to_numpy()
        share = np.clip((LEVELS[:, None] - low) / np.maximum(high - low, 1e-12), 0, 1)
        by_origin = pd.DataFrame(share.T).groupby(part["origin"].to_numpy()).mean().to_numpy()
        sampled = weights @ by_origin
        for k, level in enumerate(LEVELS):
            key = {"series": series, "forecaster": name, "level": level}
            rows.append(key | _named("observed", float(by_origin[:, k].mean()), sampled[:, k]))
    return pd.DataFrame(rows)


def _windows(rolled: Rolled) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Give the forecasts of each series and lead."""
    for key, part in rolled.table.groupby(["series", "lead"], sort=False):
        yield dict(zip(("series", "lead"), key, strict=True)), part


def _wide(part: pd.DataFrame, column: str) -> pd.DataFrame:
    """One row per origin, one column per forecaster, in the order of the table."""
    table = part.pivot_table(index="origin", columns="forecaster", values=column)
    return table[part["forecaster"].unique()]


def stretches(rolled: Rolled) -> int:
    """Count the stretches of origins whose forecasts do not overlap, at most."""
    return len(rolled.origins) // _overlap(rolled)


def _overlap(rolled: Rolled) -> int:
    plan = rolled.plan
    step = plan.step or plan.horizon.width
    return math.ceil(plan.horizon.width * plan.horizon.windows / step - 1e-9)


def _weights(rolled: Rolled, seed: int) -> Floats:
    """Say how much each origin counts in each draw of `_picks`."""
    picks = _picks(rolled, seed)
    draws, size = picks.shape
    places = picks + size * np.arange(draws)[:, None]
    counts = np.bincount(places.ravel(), minlength=draws * size)
    return np.asarray(counts.reshape(draws, size) / size)


def _picks(rolled: Rolled, seed: int) -> NDArray[np.intp]:
    """Draw origins in circular blocks as long as what overlaps; none from too few stretches."""
    size = len(rolled.origins)
    if stretches(rolled) < FEWEST_STRETCHES:
        return np.empty((0, size), np.intp)
    width = min(max(_overlap(rolled), round(size ** (1 / 3))), size)
    starts = generator(seed, "origins").integers(size, size=(DRAWS, -(-size // width)))
    blocks = (starts[:, :, None] + np.arange(width)) % size
    return np.asarray(blocks.reshape(DRAWS, -1)[:, :size])


def _mean(name: str, values: Floats, weights: Floats) -> dict[str, float]:
    return _named(name, float(values.mean()), weights @ values)


def _ratio(ours: Floats, theirs: Floats, weights: Floats) -> dict[str, float]:
    sampled = 1 - (weights @ ours) / (weights @ theirs)
    return _named("skill", 1 - float(ours.mean()) / float(theirs.mean()), sampled)


def _covers(part: pd.DataFrame, weights: Floats) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, (low, high) in COVERAGES.items():
        inside = part["observed"].between(part[low], part[high]).to_numpy(dtype=float)
        found |= _mean(name, inside, weights)
    return found


def _named(name: str, value: float, sampled: Floats) -> dict[str, float]:
    low, high = np.quantile(sampled, ENDS) if len(sampled) else (math.nan, math.nan)
    return {name: value, f"{name}_low": float(low), f"{name}_high": float(high)}
