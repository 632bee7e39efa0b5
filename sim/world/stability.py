"""How many attacks an attack leads to on average: below 1 violence dies out by itself.

An attack of g on h in province p excites h against g: there, in neighbouring provinces and,
when it is deadly, across the country. So the attacks between two groups form a branching
process, and its mean-offspring matrix has a block for each direction:

    M[h->g in q, g->h in p] = exposure_hg(q) * (n_b [p = q] + n_r k(p, q))
    k(p, q) = [p = q] + share [p next to q] + news(q) [p != q]
    news(q) = strength * E[log2(1 + killed)] * (1 - authority_q)

with exposure ``rivalry * opportunity * deterrence`` as a tick starts, of units that are in the
open while no truce holds, at the mean hour of day. The branching ratio is the largest
eigenvalue of M in modulus. What only happens a limited number of times is left out: orders,
insults, debts of blood, and the limit of one attack per tick. Source: Hawkes 1971, Biometrika
58:83 (stationary below 1).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from sim import tables
from sim.parameters import Obedience, Scenario
from sim.parameters.orders import MobiliseOrder
from sim.rules import crowd, deployment, engagement, patron
from sim.tables import Floats
from sim.world.actors import rivalry_levels

QUIET, MOBILISED, STAND_DOWN = "quiet", "mobilised", "stand_down"
_WORDS = {QUIET: "quiet", MOBILISED: "mobilised", STAND_DOWN: "standing down"}
_MATTERS = 0.005


@dataclass(frozen=True)
class Cause:
    """One parameter of a branching ratio.

    Parameters
    ----------
    path : str
        Dotted path.
    value : float
        Its value.
    other : float
        A value at which it adds nothing: 0, or 1 for the limit of opportunity.
    ratio : float
        The branching ratio with that value.
    """

    path: str
    value: float
    other: float
    ratio: float


@dataclass(frozen=True)
class Branching:
    """The branching ratio while all units have one stance.

    Parameters
    ----------
    stance : str
        ``quiet``, ``mobilised`` or ``stand_down``.
    ratio : float
        The largest over pairs of groups.
    groups : tuple of str
        That pair; empty when nobody fights.
    province : str
        Where most of its attacks take place in the long run; empty when nobody fights.
    causes : tuple of Cause
        Parameters without which it would be lower, the most important first.
    """

    stance: str
    ratio: float
    groups: tuple[str, ...] = ()
    province: str = ""
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class _Levels:
    """What the ratio depends on beside groups and places."""

    battle: float
    reprisal: float
    shock: float
    share: float
    crowd_weight: float
    limit: float
    growth: float


def branching(scenario: Scenario) -> list[Branching]:
    """Compute the branching ratios that a scenario can come to.

    Parameters
    ----------
    scenario : Scenario
        A checked scenario.

    Returns
    -------
    list of Branching
        For quiet units; for mobilised ones with their largest crowds, where an order or unasked
        mobilisation can make them so; for units that stand down, where an order can.
    """
    return [_of_stance(scenario, stance) for stance in _possible(scenario)]


def warnings(scenario: Scenario) -> list[str]:
    """Warn of every stance in which an attack leads to one more attack or to more than one.

    Parameters
    ----------
    scenario : Scenario
        A checked scenario.

    Returns
    -------
    list of str
        A sentence for each, with the parameters that cause it.
    """
    return [_warning(found) for found in branching(scenario) if found.ratio >= 1.0]


def _warning(found: Branching) -> str:
    causes = ", ".join(
        f"{cause.path} {cause.value:g} (ratio {cause.ratio:.2f} at {cause.other:g})"
        for cause in found.causes
    )
    return (
        f"the branching ratio is {found.ratio:.2f} while units are {_WORDS[found.stance]}"
        f" ({' and '.join(found.groups)}, mostly in {found.province}): an attack leads to as"
        f" many again or more, so violence does not die out by itself; it comes from {causes}"
    )


def _possible(scenario: Scenario) -> Iterator[str]:
    given = [order for order in scenario.orders.values() if order.enabled]
    yield QUIET
    if scenario.stances.unasked or any(isinstance(order, MobiliseOrder) for order in given):
        yield MOBILISED
    if any(isinstance(order, Obedience) for order in given):
        yield STAND_DOWN


def _of_stance(scenario: Scenario, stance: str) -> Branching:
    levels = _levels(scenario, stance)
    found = max(
        (_of_pair(scenario, stance, levels, pair) for pair in combinations(scenario.groups, 2)),
        key=lambda one: one.ratio,
        default=Branching(stance, 0.0),
    )
    if not found.ratio:
        return Branching(stance, 0.0)
    causes = [
        Cause(path, value, other, _of_pair(scenario, stance, less, found.groups).ratio)
        for path, value, other, less in _without(levels, stance)
    ]
    named = [cause for cause in causes if cause.ratio < found.ratio - _MATTERS]
    return replace(found, causes=tuple(sorted(named, key=lambda cause: cause.ratio)))


def _levels(scenario: Scenario, stance: str) -> _Levels:
    effect = getattr(scenario.stances, stance)
    shock, spillover = scenario.national_shock, scenario.spillover
    return _Levels(
        battle=effect.battle * scenario.battle.enabled,
        reprisal=effect.reprisal * scenario.reprisal.enabled,
        shock=shock.strength * shock.enabled,
        share=spillover.share * spillover.enabled,
        crowd_weight=scenario.crowds.weight * scenario.crowds.enabled,
        limit=scenario.engagement.opportunity_limit,
        growth=scenario.patronage.growth * scenario.patronage.enabled,
    )


def _without(levels: _Levels, stance: str) -> Iterator[tuple[str, float, float, _Levels]]:
    """Name each parameter, its value, one that adds nothing, and the levels with that."""
    paths = {
        "battle": f"stances.{stance}.battle",
        "reprisal": f"stances.{stance}.reprisal",
        "shock": "national_shock.strength",
        "share": "spillover.share",
        "crowd_weight": "crowds.weight",
        "limit": "engagement.opportunity_limit",
        "growth": "patronage.growth",
    }
    for name, path in paths.items():
        value, other = getattr(levels, name), 1.0 if name == "limit" else 0.0
        if value > other:
            yield path, value, other, replace(levels, **{name: other})


def _of_pair(
    scenario: Scenario, stance: str, levels: _Levels, groups: tuple[str, ...]
) -> Branching:
    first, second = groups
    rivalry = rivalry_levels(scenario)
    fighters = [scenario.groups[name].fighters for name in groups]
    both = [p for p in scenario.provinces if all(f.get(p, 0) > 0 for f in fighters)]
    to_second, to_first = rivalry.get((first, second), 0.0), rivalry.get((second, first), 0.0)
    if not both or not to_second or not to_first:
        return Branching(stance, 0.0, groups)
    there = np.array([_opportunity(scenario, stance, levels, groups, p) for p in both])
    kernel = _kernel(scenario, levels, both)
    answers = (to_first * there * _deterred(scenario, second, both))[:, None] * kernel
    attacks = (to_second * there * _deterred(scenario, first, both))[:, None] * kernel
    # Attacks and answers take turns, so the largest eigenvalue is the root of that of two turns.
    values, vectors = np.linalg.eig(attacks @ answers)
    largest = int(np.argmax(np.abs(values)))
    province = both[int(np.argmax(np.abs(vectors[:, largest])))]
    return Branching(stance, math.sqrt(abs(values[largest])), groups, province)


def _opportunity(
    scenario: Scenario, stance: str, levels: _Levels, groups: tuple[str, ...], province: str
) -> float:
    days = scenario.clock.length / 24.0
    stances = {"arm": patron.ARM, "restrain": patron.RESTRAIN, "neutral": patron.NEUTRAL}
    strengths = []
    for name in groups:
        group = scenario.groups[name]
        persons = _largest_crowd(scenario, name, province) if stance == MOBILISED else 0
        people = crowd.strength(group.fighters[province], persons, levels.crowd_weight)
        strengths.append(patron.armed(people, stances[group.patron], levels.growth * days))
    reference = scenario.engagement.reference_fighters
    return engagement.opportunity(strengths[0], strengths[1], reference, levels.limit)


def _largest_crowd(scenario: Scenario, group: str, province: str) -> int:
    crowds = [
        order.crowd.get(province, 0)
        for order in scenario.orders.values()
        if isinstance(order, MobiliseOrder) and order.enabled and order.group == group
        if order.provinces == "all" or province in order.provinces
    ]
    return max(crowds, default=0)


def _deterred(scenario: Scenario, group: str, provinces: list[str]) -> Floats:
    """Share of its attacks that the usual presence of the security force leaves."""
    settings, favours = scenario.deterrence, scenario.third_side.favours
    if not settings.enabled or scenario.groups[group].bloc == favours:
        return np.ones(len(provinces))
    places = [scenario.provinces[name] for name in provinces]
    return np.array(
        [
            deployment.deterrence(settings.strength, place.authority, place.presence)
            for place in places
        ]
    )


def _kernel(scenario: Scenario, levels: _Levels, provinces: list[str]) -> Floats:
    """Excitation in each province (rows) by one attack in each (columns)."""
    places = [scenario.provinces[name] for name in provinces]
    here = np.eye(len(provinces))
    borders = np.array([[float(b in place.neighbours) for b in provinces] for place in places])
    next_door = np.maximum(borders, borders.T)
    frayed = np.array([1.0 - place.authority for place in places])
    news = levels.shock * _mean_magnitude(scenario) * frayed[:, None] * (1.0 - here)
    spread: Floats = here + levels.share * next_door * (1.0 - here) + news
    return levels.battle * here + levels.reprisal * spread


def _mean_magnitude(scenario: Scenario) -> float:
    """Mean of ``log2(1 + killed)`` on the attacked side over attacks."""
    limit = scenario.engagement.killed_limit
    weights = np.array([mode.weight for mode in scenario.modes.values()])
    means = []
    for mode in scenario.modes.values():
        severity = mode.target_killed
        cumulative = tables.severity(severity.median, severity.log_sd, limit)
        shares = np.diff(cumulative, prepend=0.0)
        means.append(float(shares @ tables.magnitudes(limit)))
    return float(weights @ np.array(means) / weights.sum())
