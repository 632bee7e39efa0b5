"""Brigades of the security force: who is sent, who refuses, and how they move."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import address
from sim.parameters.brigades import Brigade as Parameters
from sim.parameters.brigades import DatedDeployment
from sim.records import ACTIONS
from sim.rules import brigade, orders
from sim.step.chance import REFUSAL, uniforms
from sim.step.declare import Record, given, records, starts, values
from sim.step.layout import LONG_AGO, NONE, Run
from sim.step.log import record_act
from sim.step.security import answering, stands
from sim.step.sources import enabled, timed
from sim.step.triggers import begins_now
from sim.tables import Ints
from sim.world import World
from sim.world.actors import borders_of
from sim.world.shapes import Begins

ARRIVE, REFUSE = ACTIONS.index("arrive"), ACTIONS.index("refuse")


def homes(world: World) -> list[int]:
    """Give the province where each brigade is at home."""
    names = tuple(world.scenario.provinces)
    return [names.index(each.home) for each in world.scenario.brigades.values()]


def favours(world: World) -> list[int]:
    """Give the bloc that each brigade favours; -1 for none."""
    blocs = world.politics.blocs
    named = [each.favours for each in world.scenario.brigades.values()]
    return [NONE if name is None else blocs.index(name) for name in named]


def ways(world: World) -> tuple[Ints, Ints]:
    """Borders between any two provinces, and the next province on the shortest way; -1 for none."""
    if not world.scenario.brigades:  # a world is built for every point of a design
        return np.zeros((0, 0), np.int64), np.zeros((0, 0), np.int64)
    names = tuple(world.scenario.provinces)
    near: dict[int, set[int]] = {place: set() for place in range(len(names))}
    for place, other in borders_of(world.scenario):
        near[place].add(other)
    borders = np.full((len(names), len(names)), NONE)
    toward = np.full((len(names), len(names)), NONE)
    for end in near:
        borders[end, end], queue = 0, deque([end])
        while queue:
            place = queue.popleft()
            for other in sorted(near[place]):
                if borders[other, end] < 0:
                    borders[other, end] = borders[place, end] + 1
                    toward[other, end] = place
                    queue.append(other)
    return borders, toward


def deployments_of(world: World) -> list[tuple[DatedDeployment, Begins]]:
    """List the dated deployments that are switched on."""
    return timed(world, world.scenario.deployments)


def destinations(world: World) -> list[int]:
    """Give the province that each dated deployment sends forces to."""
    names = tuple(world.scenario.provinces)
    return [names.index(each.to) for each in enabled(world.scenario.deployments)]


def named(world: World) -> NDArray[np.bool_]:
    """Tell of each dated deployment and brigade whether it is sent by it."""
    own = enabled(world.scenario.deployments)
    sent = [[key in each.brigades for key in world.scenario.brigades] for each in own]
    return np.array(sent, bool).reshape(len(own), len(world.scenario.brigades))


class Brigade(Record, holds=Parameters, rows=lambda w: w.scenario.brigades.values()):
    """A brigade of the security force."""

    home = given(int, "province where it is at home", homes)
    favours = given(int, "bloc that it favours; -1 for none", favours)
    address = given(int, "address of its draws", lambda w: list(map(address, w.scenario.brigades)))
    code = given(
        int,
        "its place among the labels of orders",
        lambda w: [w.labels["order"].index(key) for key in w.scenario.brigades],
    )
    place = given(int, "province where it is, or which it is leaving", homes)
    heading = given(int, "province where it is sent", homes)
    following = starts(NONE, "province that it is moving into; -1 while it stays")
    arrives_at = starts(NONE, "when it will be there")
    refused_at = starts(LONG_AGO, "when it last refused to go")


class Deployment(
    Record, holds=(DatedDeployment, Begins), rows=deployments_of, leave_out=("trigger",)
):
    """A dated deployment."""

    to = given(int, "province", destinations)
    begun_at = starts(NONE, "tick in which it began")


class BrigadeRun(Run):
    """A run with brigades and dated deployments."""

    brigades = records("state", Brigade)
    deployments = records("state", Deployment)
    named = values("table", bool, named, "whether a dated deployment sends a brigade")
    borders = values("table", int, lambda w: ways(w)[0], "borders between two provinces")
    toward = values("table", int, lambda w: ways(w)[1], "next province on the shortest way")
    favouring = values(
        "state",
        float,
        lambda w: np.zeros((len(w.scenario.provinces), len(w.politics.blocs))),
        "ready persons that favour a bloc, by province",
    )


def deployments_observe(run: Any) -> None:
    """Let dated deployments begin that are due."""
    for deployment in run.deployments:
        begins_now(run, deployment)


def brigades_decide(run: Any) -> None:
    """Send brigades where forces are wanted, the nearest first, and home where they are not."""
    if not len(run.brigades):
        return
    for s in range(len(run.deployments)):
        if stands(run, run.deployments[s]):
            send_named(run, s)
    for p in range(len(run.forces)):
        send_nearest(run, p)
    for b in range(len(run.brigades)):
        own = run.brigades[b]
        wanted = own.heading == own.home or run.forces[own.heading].target > 0.0
        if not wanted and not is_named(run, b):
            own.heading = own.home


def send_named(run: Any, s: int) -> None:
    """Send the brigades that a dated deployment names."""
    to = run.deployments[s].to
    for b in range(len(run.brigades)):
        if run.named[s][b] and run.brigades[b].heading != to:
            send(run, b, to)


def send_nearest(run: Any, p: int) -> None:
    """Send free brigades to a province until as many are there, or on the way, as wanted."""
    wanted = run.forces[p].target - on_the_way(run, p)
    while wanted > 0.0:
        b = nearest_free(run, p)
        if b < 0:
            break
        if send(run, b, p):
            wanted -= brigade.ready(run.brigades[b].persons, run.brigades[b].readiness)


def on_the_way(run: Any, p: int) -> float:
    """Ready persons of the brigades from elsewhere that are in a province, or sent there."""
    persons = 0.0
    for own in run.brigades:
        if own.heading == p and own.home != p:
            persons += brigade.ready(own.persons, own.readiness)
    return persons


def nearest_free(run: Any, p: int) -> int:
    """Nearest brigade that is at home in a province without alarm and may be sent; -1 for none."""
    best, found = NONE, NONE
    for b in range(len(run.brigades)):
        own = run.brigades[b]
        free = own.heading == own.home == own.place and own.home != p and own.persons > 0
        asked = not orders.holds(run.now.tick - own.refused_at, own.asked_again)
        spared = free and asked and not answering(run, run.forces[own.home])
        if spared and brigade.nearer(run.borders[own.place][p], best):
            best, found = run.borders[own.place][p], b
    return found


def is_named(run: Any, b: int) -> bool:
    """Whether a dated deployment keeps a brigade where it is sent."""
    for s in range(len(run.deployments)):
        if run.named[s][b] and stands(run, run.deployments[s]):
            return True
    return False


def send(run: Any, b: int, p: int) -> bool:
    """Send a brigade to a province, which it may refuse."""
    own, tick = run.brigades[b], run.now.tick
    if orders.holds(tick - own.refused_at, own.asked_again):
        return False
    if own.refuses > 0.0:
        uniform, _ = uniforms(run, tick, own.address, 0, REFUSAL)
        if brigade.refuses(uniform, own.refuses):
            own.refused_at = tick
            record_act(run, own.code, run.derived.nobody, REFUSE, own.place)
            return False
    own.heading = p
    return True


def brigades_act(run: Any) -> None:
    """Let every brigade act."""
    for b in range(len(run.brigades)):
        brigade_act(run, b)


def brigade_act(run: Any, b: int) -> None:
    """Arrive in a province, or set out for the next one on the way."""
    own, tick = run.brigades[b], run.now.tick
    if own.following >= 0 and tick >= own.arrives_at:
        own.place, own.following = own.following, NONE
        record_act(run, own.code, run.derived.nobody, ARRIVE, own.place)
    if own.following < 0 and own.place != own.heading:
        following = run.toward[own.place][own.heading]
        if following >= 0:
            own.following = following
            own.arrives_at = tick + max(1, round(own.crossing))


def largest_there(run: Any, p: int) -> int:
    """Largest brigade in a province; -1 for none."""
    found, most = NONE, 0
    for b in range(len(run.brigades)):
        own = run.brigades[b]
        if own.place == p and own.following < 0 and own.persons > most:
            found, most = b, own.persons
    return found
