"""Ratio of means, probability of superiority and shift of a tail quantile, with intervals.

Every interval has a nominal coverage of 95 % and takes the run as its unit; where pairs are
used, the correlation within them is taken into account. ``tests/test_comparison.py`` measures
the coverage of each by simulation.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from analysis import intervals
from analysis.arrays import Floats
from analysis.chance import generator
from analysis.comparison.pairs import Method, Pairs
from analysis.intervals import NOTHING, Estimate

RESAMPLES = 1000
TAIL_RUNS = 5


def ratio(pairs: Pairs, method: Method = "paired") -> Estimate:
    """Ratio of the means of a scenario and its baseline.

    With Fieller's interval, which leaves 1 out exactly where the t interval of the
    difference leaves out 0; for a yes or no with that of Bonett and Price (2006) over pairs
    and that of Katz et al. (1978) without.
    """
    apart = method == "unpaired"
    top, bottom = (pairs.ours, pairs.theirs) if apart else (pairs.first, pairs.second)
    if not bottom.size or not top.size or bottom.mean() == 0:
        return NOTHING
    value = float(top.mean() / bottom.mean())
    if min(top.size, bottom.size) < 2:
        return NOTHING._replace(value=value)
    if pairs.yes_no:
        low, high = _katz(top, bottom) if apart else _bonett_price(top, bottom)
    else:
        low, high = fieller(top, bottom, apart)
        low = low if math.isnan(low) else max(0.0, low)
    return NOTHING._replace(value=value, low=low, high=high)


def superiority(pairs: Pairs, method: Method = "paired") -> Estimate:
    """Probability that a run of the scenario has more than one of the baseline.

    Of two independent runs; equal values count half (Mann and Whitney's
    statistic, Vargha and Delaney's A). The standard error is that of placements (DeLong,
    DeLong and Clarke-Pearson 1988), which holds for pairs too; the interval is formed on the
    logit scale.
    """
    apart = method == "unpaired"
    ours, theirs = (pairs.ours, pairs.theirs) if apart else (pairs.first, pairs.second)
    if min(ours.size, theirs.size) < 2:
        return NOTHING
    above, below = _placements(ours, theirs, apart)
    value = float(above.mean())
    if apart:
        error = math.sqrt(above.var(ddof=1) / above.size + below.var(ddof=1) / below.size)
    else:
        error = float((above + below).std(ddof=1)) / math.sqrt(above.size)
    if not 0 < value < 1:
        fewest = min(ours.size, theirs.size)
        low, high = intervals.share(round(value) * fewest, fewest)[2:]
        return Estimate(value, error, low, high)
    reach = intervals.Z * error / (value * (1 - value))
    ends = special.expit(special.logit(value) + np.array([-reach, reach]))
    return Estimate(value, error, float(ends[0]), float(ends[1]))


def quantile_shift(
    pairs: Pairs, probability: float, method: Method = "paired", purpose: str = ""
) -> Estimate:
    """Quantile of the scenario minus that of the baseline.

    With the percentile interval of a bootstrap of runs, of pairs as wholes where the method
    is paired.
    """
    ours, theirs = (
        (pairs.ours, pairs.theirs) if method == "unpaired" else (pairs.first, pairs.second)
    )
    fewest = min(ours.size, theirs.size)
    if pairs.yes_no or not fewest:
        return NOTHING

    value = float(_quantile(ours, probability) - _quantile(theirs, probability))
    if fewest * min(probability, 1 - probability) < TAIL_RUNS - 1e-9:
        return NOTHING._replace(value=value)
    random = generator(0, f"quantile {pairs.name} {purpose}")
    drawn = [random.integers(0, ours.size, (RESAMPLES, ours.size))] * 2
    if method == "unpaired":
        drawn[1] = random.integers(0, theirs.size, (RESAMPLES, theirs.size))
    first, second = (
        _quantile(values[places], probability)
        for values, places in zip((ours, theirs), drawn, strict=True)
    )
    shifts = np.asarray(first - second)
    low, high = map(float, np.quantile(shifts, intervals.ENDS))
    if bool(np.all(np.concatenate([ours, theirs]) % 1 == 0)):
        low, high = float(np.floor(low)), float(np.ceil(high))
    return Estimate(value, float(shifts.std(ddof=1)), low, high)


def _quantile(values: Floats, probability: float) -> Floats:
    return np.asarray(np.quantile(values, probability, axis=-1, method="inverted_cdf"))


def _placements(ours: Floats, theirs: Floats, apart: bool) -> tuple[Floats, Floats]:
    """Share of the other side's runs that each run exceeds, or that exceed it; ties half."""
    above, below = _share_below(ours, theirs), 1 - _share_below(theirs, ours)
    if apart:
        return above, below
    own = np.where(ours > theirs, 1.0, np.where(ours == theirs, 0.5, 0.0))
    size = ours.size
    return (size * above - own) / (size - 1), (size * below - own) / (size - 1)


def _share_below(values: Floats, others: Floats) -> Floats:
    ranked = np.sort(others)
    left, right = (np.searchsorted(ranked, values, side=side) for side in ("left", "right"))
    return np.asarray((left + right) / (2 * others.size))


def fieller(top: Floats, bottom: Floats, apart: bool) -> tuple[float, float]:
    """Give Fieller's interval of the ratio of two means; NaN where it has no end."""
    parts = [float(values.var(ddof=1)) / values.size for values in (top, bottom)]
    shared = 0.0 if apart else float(np.cov(top, bottom)[0, 1]) / top.size
    freedom = intervals.welch_freedom(top, bottom) if apart and max(parts) > 0 else top.size - 1
    square = intervals.t_quantile(freedom) ** 2
    a = float(bottom.mean()) ** 2 - square * parts[1]
    b = float(top.mean() * bottom.mean()) - square * shared
    c = float(top.mean()) ** 2 - square * parts[0]
    if a <= 0:
        return math.nan, math.nan
    reach = math.sqrt(max(0.0, b * b - a * c))
    return (b - reach) / a, (b + reach) / a


def _bonett_price(top: Floats, bottom: Floats) -> tuple[float, float]:
    yes = [float(values.sum()) for values in (top, bottom)]
    unlike, either = float((top != bottom).sum()), float(np.maximum(top, bottom).sum())
    whole = math.sqrt((unlike + 2) / ((yes[0] + 1) * (yes[1] + 1)))
    each = [math.sqrt((1 - (count + 1) / (either + 2)) / (count + 1)) for count in yes]
    level = intervals.Z * whole / sum(each)
    ends = [_wilson(count / either, either, level) for count in yes]
    low = ends[0][0] / ends[1][1]
    return low, ends[0][1] / ends[1][0] if ends[1][0] > 0 else math.inf


def _wilson(share: float, size: float, z: float) -> tuple[float, float]:
    middle = 2 * size * share + z * z
    reach = z * math.sqrt(z * z + 4 * size * share * (1 - share))
    return (middle - reach) / (2 * (size + z * z)), (middle + reach) / (2 * (size + z * z))


def _katz(top: Floats, bottom: Floats) -> tuple[float, float]:
    yes = float(top.sum()), float(bottom.sum())
    if yes[0] == 0:
        return 0.0, math.nan
    reach = intervals.Z * math.sqrt(1 / yes[0] - 1 / top.size + 1 / yes[1] - 1 / bottom.size)
    value = float(top.mean() / bottom.mean())
    return value * math.exp(-reach), value * math.exp(reach)
