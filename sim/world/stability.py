"""How many engagements an engagement leads to on average: below 1 violence dies out by itself.

An engagement of g with h in province p may be answered in the same battle by h, avenged by h
there, in neighbouring provinces and, when it is deadly news, elsewhere, and by g itself where it
lost people. So the engagements between two groups form a branching process, and its
mean-offspring matrix has for g->h in p

    M[h->g in p] = n_b + n_r e_hg(p)          M[g->h in p] = n_r own_dead P(own dead) e_gh(p)
    M[h->g in q] = n_r e_hg(q) (share [q next to p] + (1 - n_b) strength E[log2(1 + killed)] r_q)

with ``e = rivalry * opportunity``, of units in the open at usual presence, at the mean hour and
while no truce holds; ``r_q`` the chance that news of p stirs q; and ``n_b`` lowered where
opportunity is below 1. The branching ratio is the largest eigenvalue of M in modulus. What only
happens a limited number of times is left out: orders, insults, debts of blood, and the limit of
one attack per tick and dyad, and forces that come when people were killed. Where background
attacks b, in proportion to e, go on for good, there are N = (I - M)^-1 b attacks in all, and
1 - sum(b) / sum(N) of them answer another. Source: Hawkes 1971, Biometrika 58:83 (stationary
below 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from sim import tables
from sim.parameters import Scenario
from sim.parameters.orders import MobiliseOrder
from sim.rules import battle, crowd, engagement, patron
from sim.tables import Floats
from sim.world.actors import PATRONS, news_weight, rivalry_levels
from sim.world.harm import means
from sim.world.orders import givers

QUIET, MOBILISED = "quiet", "mobilised"
_MATTERS = 0.005
# What a ratio may come from, and a value with which it would come from it no more.
PARAMETERS = {
    "stances.{}.battle": 0.0,
    "stances.{}.reprisal": 0.0,
    "reprisal.own_dead": 0.0,
    "national_shock.strength": 0.0,
    "spillover.share": 0.0,
    "crowds.weight": 0.0,
    "engagement.opportunity_limit": 1.0,
    "patronage.growth": 0.0,
}


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
        A value at which it adds nothing or little.
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
        ``quiet`` or ``mobilised``.
    nominal : float
        Engagements per engagement in the reference situation: rivalry and opportunity 1, equal
        strength, usual presence, no order in force.
    realised : float
        The same with the groups and places of the scenario: the share of all engagements that
        answer another, where background attacks go on; 1 where violence does not die out.
    ratio : float
        The branching ratio of the pair of groups for which it is largest.
    groups : tuple of str
        That pair; empty when nobody fights.
    province : str
        Where most of its attacks take place in the long run; empty when nobody fights.
    causes : tuple of Cause
        Parameters without which it would be lower, the most important first.
    """

    stance: str
    nominal: float
    realised: float = 0.0
    ratio: float = 0.0
    groups: tuple[str, ...] = ()
    province: str = ""
    causes: tuple[Cause, ...] = ()


def branching(scenario: Scenario, told: Mapping[str, float] = PARAMETERS) -> list[Branching]:
    """Compute the branching ratios that a scenario can come to."""
    return [_of_stance(scenario, stance, told) for stance in _possible(scenario)]


def warnings(scenario: Scenario, ratios: Sequence[Branching] | None = None) -> list[str]:
    """Warn of violence that does not die out by itself, and of numbers that cannot be reached."""
    found = branching(scenario) if ratios is None else ratios
    unstable = [_warning(one) for one in found if one.ratio >= 1.0]
    return unstable + [
        line for stance in _possible(scenario) for line in _out_of_reach(scenario, stance)
    ]


def _out_of_reach(scenario: Scenario, stance: str) -> Iterator[str]:
    """Warn where every attack opens a battle and that is not enough."""
    numbers, wanted = _Numbers.of(scenario, stance), getattr(scenario.stances, stance).battle
    most = float(numbers.answered(1.0))
    if numbers.opens == 1.0 and most < wanted - _MATTERS:
        yield (
            f"stances.{stance}.battle {wanted:g} is out of reach: if every attack opens a battle it"
            f" is {most:.2f}; raise battle.exchanges or battle.half_life"
        )


def in_words(found: Branching) -> str:
    """Say how many engagements an engagement leads to in a stance."""
    text = (
        f"{found.stance}: {found.nominal:.2f} engagements per engagement in the reference situation"
    )
    if not found.groups:
        return f"{text}, {found.realised:.2f} with these groups and places"
    most = f"{found.ratio:.2f} between {' and '.join(found.groups)}, mostly in {found.province}"
    return f"{text}, {found.realised:.2f} with these groups and places, at most {most}"


def _warning(found: Branching) -> str:
    causes = ", ".join(
        f"{cause.path} {cause.value:g} (ratio {cause.ratio:.2f} at {cause.other:g})"
        for cause in found.causes
    )
    return (
        f"the branching ratio is {found.ratio:.2f} while units are {found.stance}"
        f" ({' and '.join(found.groups)}, mostly in {found.province}): an attack leads to as"
        f" many again or more, so violence does not die out by itself; it comes from {causes}"
    )


def _possible(scenario: Scenario) -> Iterator[str]:
    given = [order for order in scenario.orders.values() if order.enabled]
    yield QUIET
    if scenario.stances.unasked or any(isinstance(order, MobiliseOrder) for order in given):
        yield MOBILISED


def _of_stance(scenario: Scenario, stance: str, told: Mapping[str, float]) -> Branching:
    numbers = _Numbers.of(scenario, stance)
    pairs = [_matrix(scenario, stance, numbers, pair) for pair in combinations(scenario.groups, 2)]
    nothing = Branching(stance, numbers.nominal)
    found = max((_of_pair(nothing, pair) for pair in pairs), key=_ratio, default=nothing)
    if not found.ratio:
        return nothing
    found = replace(found, realised=_realised(pairs))
    causes = []
    for pattern, other in told.items():
        path = pattern.format(stance)
        value, less = _with(scenario, path, other)
        pair = _matrix(less, stance, _Numbers.of(less, stance), found.groups)
        causes.append(Cause(path, value, other, _of_pair(nothing, pair).ratio))
    named = [cause for cause in causes if cause.ratio < found.ratio - _MATTERS]
    return replace(found, causes=tuple(sorted(named, key=lambda cause: cause.ratio)))


def _with(scenario: Scenario, path: str, value: float) -> tuple[float, Scenario]:
    """Read a number, and copy the scenario with another in its place."""
    *parents, last = path.split(".")
    nodes = [scenario]
    for name in parents:
        nodes.append(getattr(nodes[-1], name))
    before, made = getattr(nodes[-1], last), nodes.pop().model_copy(update={last: value})
    for name in reversed(parents):
        made = nodes.pop().model_copy(update={name: made})
    return before, made


@dataclass(frozen=True)
class _Numbers:
    """What the ratio depends on beside groups and places."""

    opens: float
    exchanges: float
    reprisal: float
    own_dead: float
    shock: float
    reach: float
    share: float

    @classmethod
    def of(cls, scenario: Scenario, stance: str) -> _Numbers:
        effect, settings = getattr(scenario.stances, stance), scenario.battle
        shock, spillover, tick = scenario.national_shock, scenario.spillover, scenario.clock.tick
        keep = tables.keep_per_tick(settings.half_life, tick)
        exchanges = battle.following(settings.exchanges, settings.turn, keep, tick)
        magnitude, own_dead = means(scenario)
        return cls(
            opens=battle.chance(effect.battle, exchanges) * settings.enabled,
            exchanges=exchanges,
            reprisal=effect.reprisal * scenario.reprisal.enabled,
            own_dead=scenario.reprisal.own_dead * own_dead,
            shock=shock.strength * shock.enabled * magnitude,
            reach=shock.reach,
            share=spillover.share * spillover.enabled,
        )

    @property
    def nominal(self) -> float:
        return float(self.answered(1.0)) + self.reprisal * (1.0 + self.own_dead)

    def answered(self, opportunity: Floats | float) -> Floats:
        """Engagements in the same battle per engagement."""
        number = self.opens * self.exchanges * np.minimum(1.0, opportunity)
        return np.asarray(number / (1.0 + number))


@dataclass(frozen=True, eq=False)
class _Pair:
    """Mean offspring of two groups, the exposure of both sides, and where both are."""

    groups: tuple[str, ...]
    matrix: Floats
    exposure: Floats
    places: list[str]


def _ratio(found: Branching) -> float:
    return found.ratio


def _realised(pairs: list[_Pair]) -> float:
    """Share of the engagements of all pairs that answer another."""
    causeless, engagements = 0.0, 0.0
    for pair in pairs:
        matrix, exposure = pair.matrix, pair.exposure
        if len(matrix) and np.abs(np.linalg.eigvals(matrix)).max() >= 1.0:
            return 1.0
        causeless += float(exposure.sum())
        engagements += float(np.linalg.solve(np.eye(len(matrix)) - matrix, exposure).sum())
    return 1.0 - causeless / engagements if engagements > 0.0 else 0.0


def _of_pair(nothing: Branching, pair: _Pair) -> Branching:
    """Tell of two groups what is told of none yet."""
    if not len(pair.matrix):
        return replace(nothing, groups=pair.groups)
    values, vectors = np.linalg.eig(pair.matrix)
    largest = int(np.argmax(np.abs(values)))
    place = np.abs(vectors[:, largest]).reshape(2, -1).sum(axis=0)
    province = pair.places[int(np.argmax(place))]
    ratio = float(abs(values[largest]))
    return replace(nothing, ratio=ratio, groups=pair.groups, province=province)


def _matrix(scenario: Scenario, stance: str, numbers: _Numbers, groups: tuple[str, ...]) -> _Pair:
    rivalry, (first, second) = rivalry_levels(scenario), groups
    fighters = [scenario.groups[name].fighters for name in groups]
    both = [p for p in scenario.provinces if all(f.get(p, 0) > 0 for f in fighters)]
    levels = np.array([rivalry.get((first, second), 0.0), rivalry.get((second, first), 0.0)])
    if not both or not levels.any():
        return _Pair(groups, np.zeros((0, 0)), np.zeros(0), both)
    there = np.array([_opportunity(scenario, stance, groups, p) for p in both])
    exposure = levels[:, None] * there
    here, answered = np.eye(len(both)), numbers.answered(there)
    news = _news(scenario, numbers, groups, both) * (1.0 - answered)
    avenged = numbers.reprisal * (here + numbers.share * _next_door(scenario, both) + news)
    kinds = [scenario.groups[name].kind == "militia" for name in groups]
    answers = [
        np.diag(answered) + kinds[side] * exposure[side][:, None] * avenged for side in (1, 0)
    ]
    if not levels.all():  # only one of them attacks, so nobody answers
        answers = [0.0 * answer for answer in answers]
    avenge = numbers.reprisal * numbers.own_dead
    own = [np.diag(kinds[side] * avenge * exposure[side]) for side in (0, 1)]
    matrix = np.block([[own[0], answers[1]], [answers[0], own[1]]])
    opens = [kinds[side] * exposure[side] for side in (0, 1)]
    return _Pair(groups, np.asarray(matrix), np.concatenate(opens), both)


def _opportunity(scenario: Scenario, stance: str, groups: tuple[str, ...], province: str) -> float:
    growth = scenario.patronage.growth * scenario.patronage.enabled * scenario.clock.length / 24.0
    weight = scenario.crowds.weight * scenario.crowds.enabled
    strengths = []
    for name in groups:
        group = scenario.groups[name]
        persons = _largest_crowd(scenario, name, province) if stance == MOBILISED else 0
        people = crowd.strength(group.fighters[province], persons, weight)
        strengths.append(patron.armed(people, PATRONS[group.patron], growth))
    settings = scenario.engagement
    return engagement.opportunity(
        strengths[0], strengths[1], settings.reference_fighters, settings.opportunity_limit
    )


def _largest_crowd(scenario: Scenario, group: str, province: str) -> int:
    crowds = [
        order.crowd.get(province, 0)
        for order in scenario.orders.values()
        if isinstance(order, MobiliseOrder) and order.enabled and group in givers(scenario, order)
        if order.provinces == "all" or province in order.provinces
    ]
    return max(crowds, default=0)


def _next_door(scenario: Scenario, provinces: list[str]) -> Floats:
    """Which provinces (rows) are next to which (columns)."""
    places = [scenario.provinces[name] for name in provinces]
    borders = np.array([[float(b in place.neighbours) for b in provinces] for place in places])
    return np.asarray(np.maximum(borders, borders.T) * (1.0 - np.eye(len(provinces))))


def _news(
    scenario: Scenario, numbers: _Numbers, groups: tuple[str, ...], provinces: list[str]
) -> Floats:
    """Grievance in each province (rows) from news of a battle in each (columns)."""
    fighters = [scenario.groups[name].fighters for name in groups]
    places, elsewhere = scenario.provinces, 1.0 - np.eye(len(provinces))
    weights = [
        news_weight(scenario.engagement, places[p].authority, fighters[0][p], fighters[1][p])
        for p in provinces
    ]
    shares = _shares(np.array(weights)[:, None] * elsewhere)
    reached = np.minimum(1.0, numbers.reach * shares)
    return np.asarray(numbers.shock * reached)


def _shares(weights: Floats) -> Floats:
    """Divide every column by its sum."""
    total = weights.sum(axis=0)
    return np.asarray(np.divide(weights, total, out=np.zeros_like(weights), where=total > 0.0))
