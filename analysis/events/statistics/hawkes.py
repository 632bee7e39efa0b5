"""Likelihood of a self-exciting process with a smooth background.

The rate is ``m(t) d(t) + sum over past events and kernels of n_k b_k exp(-b_k (t - t_i))``:
``m`` is piecewise linear between knots, ``d`` a fixed factor of the hour of day, ``n_k`` the
expected number of direct offspring of an event through kernel k, ``b_k = log 2 / half-life``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats

LOG2 = math.log(2)
_STRETCH = 100.0
_MANY, _LONG = 8, 64  # stretches, and events in one


@dataclass(frozen=True, eq=False)
class Background:
    """Hat functions between evenly spaced knots [h], times the hour-of-day factor.

    ``daily`` is the factor in each hour since the start, ``length`` the span [h].
    """

    knots: Floats
    daily: Floats
    length: float

    def weights(self, times: Floats) -> tuple[NDArray[np.intp], Floats]:
        """Left knot and weight of the right knot at each time."""
        place = times / (self.knots[1] - self.knots[0])
        left = np.clip(place.astype(np.intp), 0, len(self.knots) - 2)
        return left, place - left

    def factor(self, times: Floats) -> Floats:
        """Hour-of-day factor at each time."""
        return self.daily[np.minimum(times.astype(np.intp), len(self.daily) - 1)]

    def areas(self) -> Floats:
        """Integral over the span of each hat function times the factor [h]."""
        starts = np.arange(len(self.daily), dtype=float)
        widths = np.minimum(starts + 1, self.length) - starts
        left, right = self.weights(starts + widths / 2)
        mass, size = self.daily * widths, len(self.knots)
        at_left = np.bincount(left, mass * (1 - right), size)
        return np.asarray(at_left + np.bincount(left + 1, mass * right, size), dtype=float)

    def rate(self, levels: Floats, times: Floats) -> Floats:
        """Background rate at each time for given levels at the knots [1/h]."""
        left, right = self.weights(times)
        return (levels[left] * (1 - right) + levels[left + 1] * right) * self.factor(times)

    def cumulative(self, levels: Floats, times: Floats) -> Floats:
        """Give the expected background events up to each time."""
        cell = np.minimum(times.astype(np.intp), len(self.daily) - 1)
        starts = np.arange(len(self.daily), dtype=float)
        whole = np.concatenate([[0.0], self.rate(levels, starts + 0.5).cumsum()])
        return whole[cell] + self.rate(levels, (cell + times) / 2) * (times - cell)


@dataclass(frozen=True, eq=False)
class Problem:
    """Events (ascending times without ties) and background whose likelihood is wanted.

    The parameter vector holds the logarithm of the background's level at each knot, then the
    branching ratio ``n``, then (two kernels only) the share of it in the first kernel, then the
    logarithm of each half-life [h].
    """

    times: Floats
    background: Background
    kernels: int

    def split(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Give background levels [1/h], offspring per kernel and decay rates [1/h]."""
        knots = len(self.background.knots)
        share = np.array([1.0]) if self.kernels == 1 else np.array([x[knots + 1], 1 - x[knots + 1]])
        return np.exp(x[:knots]), x[knots] * share, LOG2 / np.exp(x[-self.kernels :])

    def loss(self, x: Floats) -> tuple[float, Floats]:
        """Negative log-likelihood and its gradient."""
        levels, offspring, decays = self.split(x)
        left, right, factor, areas = self._fixed
        base = (levels[left] * (1 - right) + levels[left + 1] * right) * factor
        rate, lost = base.copy(), 0.0
        terms = [_kernel(self.times, self._left, decay) for decay in decays]
        for amount, decay, term in zip(offspring, decays, terms, strict=True):
            rate += amount * decay * term.sums
            lost += amount * term.mass
        rate = np.maximum(rate, 1e-300)
        value = float(np.log(rate).sum()) - float(levels @ areas) - lost
        inverse, size = 1 / rate, len(levels)
        pull = np.bincount(left, inverse * factor * (1 - right), size)
        pull += np.bincount(left + 1, inverse * factor * right, size)
        by_kernel = [
            _kernel_gradient(inverse, amount, decay, term)
            for amount, decay, term in zip(offspring, decays, terms, strict=True)
        ]
        return -value, -np.concatenate([levels * (pull - areas), self._chain(x, by_kernel)])

    def compensator(self, x: Floats) -> Floats:
        """Give the expected number of events up to each event, given those before it."""
        levels, offspring, decays = self.split(x)
        expected = self.background.cumulative(levels, self.times)
        before = np.arange(len(self.times))
        for amount, decay in zip(offspring, decays, strict=True):
            expected += amount * (before - _kernel(self.times, self._left, decay).sums)
        return expected

    def _chain(self, x: Floats, by_kernel: list[tuple[float, float]]) -> Floats:
        """Gradient with respect to n, share and log half-lives from that of each kernel."""
        amounts = [amount for amount, _ in by_kernel]
        timing = [slope for _, slope in by_kernel]
        if self.kernels == 1:
            return np.array([amounts[0], *timing])
        total, share = x[len(self.background.knots)], x[len(self.background.knots) + 1]
        mixed = share * amounts[0] + (1 - share) * amounts[1]
        return np.array([mixed, total * (amounts[0] - amounts[1]), *timing])

    @cached_property
    def _fixed(self) -> tuple[NDArray[np.intp], Floats, Floats, Floats]:
        left, right = self.background.weights(self.times)
        return left, right, self.background.factor(self.times), self.background.areas()

    @cached_property
    def _left(self) -> Floats:
        return self.background.length - self.times


@dataclass(frozen=True, eq=False)
class _Kernel:
    sums: Floats
    slopes: Floats
    mass: float
    mass_slope: float


def _kernel(times: Floats, left: Floats, decay: float) -> _Kernel:
    """Sum up exp(-b (t_i - t_j)) over earlier events, and its derivative by b.

    Within a stretch of time in which exp(b t) cannot overflow both are cumulative sums; from
    one stretch to the next they only decay. Where events are few in many stretches, what counts is
    the number of events in one.
    """
    first = np.flatnonzero(np.diff(np.floor(decay * times / _STRETCH), prepend=-1.0))
    ends = np.append(first[1:], len(times))
    sums, slopes = np.zeros(len(times)), np.zeros(len(times))
    if len(first) > _MANY:
        _by_event(times, decay, first, ends, sums, slopes)
    else:
        carried, carried_slope, at = 0.0, 0.0, float(times[0])
        for start, end in zip(first, ends, strict=True):
            inner, inner_slopes = _within(times[start:end], decay)
            since = times[start:end] - at
            fade = np.exp(-decay * since)
            sums[start:end] = carried * fade + inner
            slopes[start:end] = (carried_slope - since * carried) * fade + inner_slopes
            carried, carried_slope = float(sums[end - 1]) + 1.0, float(slopes[end - 1])
            at = float(times[end - 1])
    last = np.exp(-decay * left)
    return _Kernel(sums, slopes, float((1 - last).sum()), float((left * last).sum()))


def _within(times: Floats, decay: float) -> tuple[Floats, Floats]:
    """Sum up over the earlier events of one stretch, and give the slopes, too."""
    since = times - times[0]
    growth = np.exp(decay * since)
    before = _earlier(growth) / growth
    return before, _earlier(since * growth) / growth - since * before


def _by_event(
    times: Floats,
    decay: float,
    first: NDArray[np.intp],
    ends: NDArray[np.intp],
    sums: Floats,
    slopes: Floats,
) -> None:
    """Fill in sums and slopes, one event of every stretch after the other.

    What comes from the stretch before the last one has faded to nothing.
    """
    gaps = np.diff(times, prepend=times[0])
    fade = np.exp(-decay * gaps)
    lengths = ends - first
    short = lengths <= _LONG
    for place in range(1, int(lengths[short].max(initial=0))):
        at = first[short & (lengths > place)] + place
        grown = (sums[at - 1] + 1.0) * fade[at]
        slopes[at] = slopes[at - 1] * fade[at] - gaps[at] * grown
        sums[at] = grown
    for start, end in zip(first[~short], ends[~short], strict=True):
        sums[start:end], slopes[start:end] = _within(times[start:end], decay)
    before = first[1:] - 1
    carried, slope = sums[before] + 1.0, slopes[before].copy()
    stretch = np.repeat(np.arange(len(first)), lengths)[first[1] :] - 1
    since = times[first[1] :] - times[before][stretch]
    faded = np.exp(-decay * since)
    sums[first[1] :] += carried[stretch] * faded
    slopes[first[1] :] += (slope[stretch] - since * carried[stretch]) * faded


def _earlier(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)[:-1]])


def _kernel_gradient(
    inverse: Floats, amount: float, decay: float, term: _Kernel
) -> tuple[float, float]:
    """Differentiate the log-likelihood by offspring and by the log half-life."""
    by_amount = decay * float(inverse @ term.sums) - term.mass
    slope = float(inverse @ (term.sums + decay * term.slopes)) - term.mass_slope
    by_decay = amount * slope
    return by_amount, -decay * by_decay
