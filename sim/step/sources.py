"""Where fields of a run come from in a world, where that takes more than a name."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Timing
from sim.parameters.declare import RuleOfEngagement
from sim.rules import battle, patron
from sim.tables import Floats, Ints
from sim.world import World, rivalry_levels
from sim.world.actors import PATRONS, news_weight
from sim.world.calendar import begins, moments_of
from sim.world.shapes import Begins


def vendetta_mode(world: World) -> int:
    """Give the mode in which debts are paid; -1 for any."""
    mode = world.scenario.vendetta.mode
    return -1 if mode is None else tuple(world.scenario.modes).index(mode)


def alarm_window(world: World) -> int:
    """Give the ticks in which killed raise an alarm, at least one."""
    return max(1, round(world.ticks(world.scenario.deployment.alarm_window)))


def patrons(world: World) -> list[int]:
    """Give the stance of each group's patron; neutral where patrons are switched off."""
    on = world.scenario.patronage.enabled
    return [PATRONS[g.patron] if on else patron.NEUTRAL for g in world.scenario.groups.values()]


def blocs(world: World) -> list[int]:
    """Give each group's bloc."""
    return [world.politics.blocs.index(g.bloc) for g in world.scenario.groups.values()]


def favoured(world: World) -> list[bool]:
    """Tell of each group whether the security force favours its bloc."""
    return [g.bloc == world.scenario.third_side.favours for g in world.scenario.groups.values()]


def planned(world: World) -> list[int]:
    """Give the persons that a fixed plan sends to each province."""
    return [world.scenario.deployment.plan.get(key, 0) for key in world.scenario.provinces]


def orders(world: World, side: Literal["left", "right"]) -> Ints:
    """Give where the orders of each group begin, or end."""
    of = [plan.group for plan in world.orders]
    return np.searchsorted(of, np.arange(len(world.scenario.groups)), side)


def _stances(world: World) -> tuple[Any, Any]:
    return world.scenario.stances.quiet, world.scenario.stances.mobilised


def opens(world: World) -> list[float]:
    """Give the chance that an attack opens a battle, by the stance of the attacked unit."""
    settings, hours = world.scenario.battle, world.tick_hours
    number = battle.following(settings.exchanges, settings.turn, world.battle_keep, hours)
    return [battle.chance(s.battle, number) * settings.enabled for s in _stances(world)]


def reprisals(world: World) -> list[float]:
    """Give reprisals per attack suffered in each stance; 0 where they are off."""
    return [s.reprisal * world.scenario.reprisal.enabled for s in _stances(world)]


def battle_modes(world: World) -> bool:
    """Tell whether any mode is one of battle."""
    modes = world.scenario.modes.values()
    return any(mode.needs == "battle" and mode.weight > 0 for mode in modes)


def pairs(world: World) -> tuple[Ints, Ints]:
    """Give the two dyads of all pairs of units that can fight a battle."""
    opposite = world.dyads.opposite
    first = np.flatnonzero(opposite > np.arange(len(opposite)))
    return first, opposite[first]


def battles(world: World) -> Ints:
    """Give the place of each dyad's battle; -1 for none."""
    places = np.full(len(world.dyads.attacker), -1)
    for side in pairs(world):
        places[side] = np.arange(len(side))
    return places


def shares_elsewhere(world: World) -> list[float]:
    """Give what share of the news of a deadly battle each dyad elsewhere gets."""
    settings, fighters = world.scenario.engagement, world.unit_fighters
    authority = [place.authority for place in world.scenario.provinces.values()]
    weights = [
        news_weight(settings, authority[p], fighters[a], fighters[b])
        for a, b, p in zip(
            world.dyads.attacker, world.dyads.target, world.dyads.province, strict=True
        )
    ]
    shares = []
    for others in world.dyads.elsewhere:
        total = sum(weights[d] for d in others)
        shares += [weights[d] / total if total > 0.0 else 0.0 for d in others]
    return shares


def enabled(keyed: Mapping[str, Any]) -> list[Any]:
    """List what is switched on."""
    return [value for value in keyed.values() if value.enabled]


def first_rules(world: World) -> list[int]:
    """Give the rule of engagement in each province as a run starts."""
    rule = get_args(RuleOfEngagement).index(world.scenario.clashes.rule)
    return [rule] * len(world.scenario.provinces)


def timed(world: World, keyed: Mapping[str, Any]) -> list[tuple[Any, Begins]]:
    """List what is switched on, and when it begins."""
    moments = moments_of(world.scenario)
    return [
        (value, begins(world.scenario, world.start, value.trigger, moments))
        for value in enabled(keyed)
    ]


def truces(world: World) -> list[tuple[Any, Begins]]:
    """List the truces that are switched on, and when they begin: at a start or by a trigger."""
    keyed = {
        key: truce.model_copy(update={"trigger": truce.trigger or Timing(at=truce.start)})
        for key, truce in world.scenario.truces.items()
    }
    return timed(world, keyed)


def rivalry_changes(world: World) -> list[tuple[Any, Begins]]:
    """List the changes of rivalry that are switched on, and when they take place."""
    return timed(world, world.scenario.rivalry_changes)


def changed(world: World, side: int) -> list[int]:
    """Give one of the two groups of each change of rivalry."""
    names = tuple(world.scenario.groups)
    changes = enabled(world.scenario.rivalry_changes)
    return [names.index(change.between[side]) for change in changes]


def mode_weights(world: World) -> list[list[float]]:
    """Give the weight of each mode for each attacking group."""
    modes = world.scenario.modes.items()
    groups = world.scenario.groups.values()
    return [[group.modes.get(key, mode.weight) for key, mode in modes] for group in groups]


def against(world: World) -> NDArray[np.float64]:
    """Tell of each order, by its label, and each group whether its added rate is aimed at it."""
    groups, orders = tuple(world.scenario.groups), world.scenario.orders.values()
    aimed = [getattr(order, "against", "all") for order in orders]
    at = [[names == "all" or name in names for name in groups] for names in aimed]
    return np.array(at, float).reshape(len(aimed), len(groups))


def places(world: World, groups: list[Any]) -> NDArray[np.bool_]:
    """Tell of each group of parameters and province whether its ``provinces`` name it."""
    keys = tuple(world.scenario.provinces)
    named = [[g.provinces == "all" or key in g.provinces for key in keys] for g in groups]
    return np.array(named, bool).reshape(len(groups), len(keys))


def codes_of_calls(world: World) -> list[int]:
    """Give the place of each call for restraint among the labels of orders."""
    calls = world.scenario.restraint_calls
    return [world.labels["order"].index(key) for key, call in calls.items() if call.enabled]


def dyads(world: World, side: Literal["left", "right"]) -> Ints:
    """Give where the dyads of each unit begin, or end: they stand by province, then group."""
    place = world.unit_province * len(world.scenario.groups) + world.unit_group
    return np.searchsorted(place[world.dyads.attacker], place, side)


def of_units(world: World) -> list[tuple[Any, str]]:
    """Give each unit's group and the key of its province."""
    groups, provinces = tuple(world.scenario.groups.values()), tuple(world.scenario.provinces)
    pairs = zip(world.unit_group, world.unit_province, strict=True)
    return [(groups[group], provinces[province]) for group, province in pairs]


def commanders(world: World) -> list[int]:
    """Give the commanders of each unit."""
    return [group.commanders.get(key, 0) for group, key in of_units(world)]


def offices(world: World) -> list[bool]:
    """Tell of each unit whether it has offices."""
    return [group.offices == "all" or key in group.offices for group, key in of_units(world)]


def by_dyad(world: World) -> Floats:
    """Give a 0 for every dyad."""
    return np.zeros(len(world.dyads.attacker))


def debts(world: World) -> Ints:
    """Most debts that each dyad can hold: one per own commander, and those from before."""
    room = np.array(commanders(world), np.int64)[world.dyads.attacker].astype(np.int64)
    for plan in world.debts:
        room[plan.dyad] += 1
    return room


def first_debts(world: World) -> Ints:
    """Give where the debts of each dyad begin."""
    return np.cumsum(debts(world)) - debts(world)


def mediating(world: World) -> list[int]:
    """List the provinces whose governor mediates."""
    mediation = world.scenario.mediation
    return [
        place
        for place, key in enumerate(world.scenario.provinces)
        if mediation.enabled and (mediation.provinces == "all" or key in mediation.provinces)
    ]


def effects(world: World) -> Floats:
    """Give the relative change of tension by branch and bloc."""
    politics = world.politics
    return np.array(politics.effects, float).reshape(len(politics.branches), len(politics.blocs))


def rivals(world: World) -> list[list[bool]]:
    """Tell of every two groups whether they have a rivalry in any direction."""
    names, levels = tuple(world.scenario.groups), rivalry_levels(world.scenario)
    return [[(a, b) in levels or (b, a) in levels for b in names] for a in names]


def flat(lists: tuple[tuple[int, ...], ...]) -> list[int]:
    """Put lists end to end."""
    return list(chain.from_iterable(lists))


def firsts(lists: tuple[tuple[int, ...], ...]) -> Ints:
    """Give where each list begins when they stand end to end, and the end of the last."""
    return np.cumsum([0, *map(len, lists)])


def most_pulses(world: World) -> int:
    """Most branches that can be taken in one run."""
    most = 0
    for event in world.politics.events:
        branches = world.politics.branches[event.first : event.last]
        again = [branch.again_after for branch in branches if branch.again_after > 0]
        most += 1 + (world.n_ticks // min(again) if again else 0)
    return most


def most_acts(world: World) -> int:
    """Most acts of one tick, and some more: for each that can act, all that it can do in it."""
    politics = len(world.politics.events) + len(world.scenario.restraint_calls)
    actors = 4 * (len(world.unit_group) + len(world.scenario.provinces))
    ceasefires = len(world.scenario.ceasefires) * (1 + len(world.scenario.provinces))
    brigades = 2 * len(world.scenario.brigades)
    dyads = len(world.dyads.attacker)
    return len(world.orders) + politics + actors + ceasefires + brigades + dyads


def most_memories(world: World) -> int:
    """Most memories of one tick: of both sides of an attack by every dyad, and of all insults."""
    lists = (*world.dyads.elsewhere, *world.dyads.next_door)
    number = len(world.dyads.attacker)
    return number * (2 + len(world.orders)) + sum(map(len, lists))
