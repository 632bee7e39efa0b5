"""Waves of runs: the ranges of the prior, narrowed to where the posterior lies, are filled anew.

Where the data narrow many parameters at once, few of the runs at draws from the prior lie near
them. A further wave draws from the prior again, but only within a box that holds the whole
posterior of the wave before (truncated proposals: Deistler, Goncalves and Macke 2022,
arXiv:2210.04815). Within the box the prior is what it was, so runs of all waves that lie in it
count alike, and nothing needs a weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analysis.events.calibration.box import Box
from analysis.events.calibration.inference import Posterior
from analysis.events.calibration.reference import Reference
from sim.scenario.designs.sampling import shares_of, within

WORTHWHILE = 0.5
MARGIN = 0.1
_GRAIN = 1000


def narrowed(runs: Reference, posterior: Posterior) -> Box:
    """Give the box of a further wave."""
    low, high = posterior.shares.min(axis=0), posterior.shares.max(axis=0)
    margin = MARGIN * (high - low)
    low = np.floor((low - margin) * _GRAIN) / _GRAIN
    high = np.ceil((high + margin) * _GRAIN) / _GRAIN
    whole = np.array([each.kind == "whole number" for each in runs.design.ranges])
    low = np.where(whole, runs.box.low, np.maximum(low, runs.box.low))
    high = np.where(whole, runs.box.high, np.minimum(high, runs.box.high))
    return Box(low, high)


def worthwhile(before: Box, after: Box) -> bool:
    """Say whether a wave within a box would put at least twice as many runs there."""
    return after.volume <= WORTHWHILE * before.volume


def ends(runs: Reference, box: Box) -> Mapping[str, tuple[float, float]]:
    """Give the ends of a box as numbers, by path; parameters that keep their range are left out."""
    made = {}
    for each, low, high in zip(runs.design.ranges, box.low, box.high, strict=True):
        if (low, high) != (0.0, 1.0):
            first, last = within(each, np.array([low, high]))
            made[each.path] = (float(first), float(last))
    return made


def with_wave(runs: Reference, wave: Reference) -> Reference:
    """Add a wave to the runs so far."""
    inner = zip(runs.design.ranges, wave.design.ranges, strict=True)
    sides = [shares_of(outer, np.array([each.low, each.high])) for outer, each in inner]
    low, high = np.array(sides).T
    box = Box(low, high)
    both = runs.plus(box.outer(wave.shares), wave.events, wave.numbers, wave.measured)
    return replace(both, box=box)
