"""Units and the dyads between them."""

from __future__ import annotations

import numpy as np

from sim.draws import address
from sim.parameters import Scenario
from sim.parameters.violence import Engagement
from sim.rules import engagement, patron
from sim.tables import Ints
from sim.world.shapes import DebtPlan, Dyads

PATRONS = {"neutral": patron.NEUTRAL, "restrain": patron.RESTRAIN, "arm": patron.ARM}


class WorldError(ValueError):
    """A scenario that cannot become a world."""


def rivalry_levels(scenario: Scenario) -> dict[tuple[str, str], float]:
    """Level of every directed dyad; one given direction holds both ways.

    Parameters
    ----------
    scenario : Scenario
        A checked scenario.

    Returns
    -------
    dict of (attacker, target) to float
        Levels above 0.
    """
    given = {
        (attacker, target): level
        for attacker, row in scenario.rivalry.items()
        for target, level in row.items()
    }
    both = {(b, a): level for (a, b), level in given.items()} | given
    return {pair: level for pair, level in both.items() if level > 0}


def news_weight(settings: Engagement, authority: float, first: float, second: float) -> float:
    """How readily news of a battle stirs a place: opportunity there, and what authority lacks."""
    limit = settings.opportunity_limit
    return (1.0 - authority) * engagement.opportunity(
        first, second, settings.reference_fighters, limit
    )


def units_of(scenario: Scenario) -> Ints:
    """List the units with fighters."""
    rows = [
        (g, p, group.fighters[province], address(name, province))
        for g, (name, group) in enumerate(scenario.groups.items())
        for p, province in enumerate(scenario.provinces)
        if group.fighters.get(province, 0) > 0
    ]
    return np.array(rows, np.int64).reshape(-1, 4)


def dyads_of(scenario: Scenario, units: Ints) -> Dyads:
    """List the directed dyads in canonical order."""
    names = tuple(scenario.groups)
    levels = rivalry_levels(scenario)
    for change in scenario.rivalry_changes.values():
        if not change.enabled:
            continue
        first, second = change.between
        for pair in ((first, second), (second, first)):
            levels.setdefault(pair, 0.0)
    unit_at = {(int(g), int(p)): u for u, (g, p, _, _) in enumerate(units)}
    keys = [
        (p, a, b)
        for p in range(len(scenario.provinces))
        for a in range(len(names))
        for b in range(len(names))
        if (names[a], names[b]) in levels and (a, p) in unit_at and (b, p) in unit_at
    ]
    index = {key: i for i, key in enumerate(keys)}
    borders = borders_of(scenario)
    alike: dict[tuple[int, int], list[int]] = {}
    for i, (_, a, b) in enumerate(keys):
        alike.setdefault((a, b), []).append(i)
    elsewhere = {
        (p, a, b): tuple(
            i
            for other in (b, *map(names.index, scenario.groups[names[b]].blamed_on))
            for i in alike.get((a, other), ())
            if keys[i][0] != p
        )
        for p, a, b in keys
    }
    attacker = np.array([unit_at[a, p] for p, a, _ in keys], np.int64)
    return Dyads(
        attacker=attacker,
        target=np.array([unit_at[b, p] for p, _, b in keys], np.int64),
        province=np.array([p for p, _, _ in keys], np.int64),
        rivalry=np.array([levels[names[a], names[b]] for _, a, b in keys], float),
        agent_address=units[attacker, 3],
        rival_address=np.array([address(names[b]) for _, _, b in keys], np.int64),
        opposite=np.array([index.get((p, b, a), -1) for p, a, b in keys], np.int64),
        elsewhere=tuple(elsewhere[key] for key in keys),
        next_door=tuple(
            tuple(
                i
                for i in elsewhere[key]
                if keys[i][1:] == key[1:] and (keys[i][0], key[0]) in borders
            )
            for key in keys
        ),
    )


def borders_of(scenario: Scenario) -> set[tuple[int, int]]:
    """List the pairs of provinces that border on each other, in both directions."""
    position = {name: p for p, name in enumerate(scenario.provinces)}
    pairs = {
        (position[name], position[other])
        for name, province in scenario.provinces.items()
        for other in province.neighbours
    }
    return pairs | {(b, a) for a, b in pairs}


def debts_of(scenario: Scenario, units: Ints, dyads: Dyads) -> tuple[DebtPlan, ...]:
    """Debts that are open at the start, where both groups stand."""
    groups, provinces = tuple(scenario.groups), tuple(scenario.provinces)
    index = {
        (int(units[a, 1]), int(units[a, 0]), int(units[b, 0])): dyad
        for dyad, (a, b) in enumerate(zip(dyads.attacker, dyads.target, strict=True))
    }
    plans = []
    for name, debt in scenario.vendetta.debts.items():
        key = (provinces.index(debt.province), groups.index(debt.creditor))
        dyad = index.get((*key, groups.index(debt.debtor)))
        if dyad is not None and scenario.vendetta.enabled:
            plans.append(DebtPlan(dyad, address(name)))
    return tuple(plans)


def check_addresses(scenario: Scenario) -> None:
    """Refuse keys whose draws would coincide."""
    unit_keys = [
        (name, province) for name, group in scenario.groups.items() for province in group.fighters
    ]
    for family in (
        unit_keys,
        [(name,) for name in scenario.groups],
        [(name,) for name in scenario.orders],
        [(name,) for name in scenario.brigades],
        [(name,) for name in (*scenario.calendar, *scenario.vendetta.debts)],
    ):
        taken: dict[int, tuple[str, ...]] = {}
        for key in family:
            first = taken.setdefault(address(*key), key)
            if first != key:
                raise WorldError(
                    f"{'/'.join(first)} and {'/'.join(key)} share a draw address;"
                    " rename one of these keys"
                )
