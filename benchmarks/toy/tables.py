"""Arrays of the toy world as compiled code reads them, and of the state of a replicate.

A pair is a unit and a rival, in the order of the log: pair ``u * (groups - 1) + n`` is unit u
and its n-th rival. Pairs are padded with pairs that never attack.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.toy import screening
from benchmarks.toy import world as toy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint32]

LANES = 64
"""Pairs are padded to a multiple of this, so that no vector loop has a rest."""


class Tables(NamedTuple):
    """What every replicate of a world shares."""

    provinces: int
    groups: int
    ticks: int
    strength: int
    seed: int
    agent: Ints
    rival: Ints
    screen: screening.Pairs
    background: Floats
    first_neighbour: Ints
    neighbour: Ints
    killed_target: Floats
    wounded_target: Floats
    killed_attacker: Floats
    wounded_attacker: Floats


class State(NamedTuple):
    """A replicate; made once and set back for each."""

    strength: Ints
    grievance: Floats
    depth_in: Ints
    compliance: Floats
    obeys: Floats
    bound: Words
    deaths: Ints
    withdrawn: Ints
    recent: Floats
    new: Floats
    presence: Floats
    settled: Ints
    place: Ints
    target: Ints
    arrival: Ints
    below: NDArray[np.uint8]
    below_words: Ints
    pending: Floats
    pending_depth: Ints
    touched: Ints
    hit: Ints
    counts: Ints
    hazard: Floats


def tables(world: toy.World) -> Tables:
    """Tables of a world."""
    padded = -(-world.pairs // LANES) * LANES
    unit = np.repeat(np.arange(world.units), world.groups - 1)
    rivals = [[j for j in range(world.groups) if j != i] for i in range(world.groups)]
    rival = np.repeat(np.array(rivals), world.provinces, axis=0).ravel()
    background = toy.BACKGROUND * world.rivalry[unit // world.provinces, rival]
    unit, rival, background = (np.pad(a, (0, padded - a.size)) for a in (unit, rival, background))
    lengths = [len(row) for row in world.neighbours]
    return Tables(
        world.provinces,
        world.groups,
        world.ticks,
        world.strength,
        world.seed,
        unit,
        rival,
        screening.pairs(unit, rival, world.seed),
        background,
        np.concatenate([[0], np.cumsum(lengths)]),
        np.concatenate(world.neighbours).astype(np.int64),
        toy.poisson_tables(toy.KILLED_TARGET),
        toy.poisson_tables(toy.WOUNDED_TARGET),
        toy.poisson_tables(toy.KILLED_ATTACKER)[0],
        toy.poisson_tables(toy.WOUNDED_ATTACKER)[0],
    )


def state(world: toy.World, padded: int) -> State:
    """Empty arrays for one replicate."""
    below = np.zeros(padded, np.uint8)

    def floats(size: int) -> Floats:
        return np.zeros(size)

    def ints(size: int) -> Ints:
        return np.zeros(size, np.int64)

    return State(
        strength=ints(world.units),
        grievance=floats(padded),
        depth_in=ints(padded),
        compliance=floats(world.units),
        obeys=floats(padded),
        bound=np.zeros(padded, np.uint32),
        deaths=ints(world.groups),
        withdrawn=ints(world.groups),
        recent=floats(world.provinces),
        new=floats(world.provinces),
        presence=floats(world.provinces),
        settled=ints(world.provinces),
        place=ints(world.provinces),
        target=ints(world.provinces),
        arrival=ints(world.provinces),
        below=below,
        below_words=below.view(np.int64),
        pending=floats(padded),
        pending_depth=ints(padded),
        touched=ints(padded),
        hit=ints(padded),
        counts=np.zeros((padded, 5), np.int64),
        hazard=floats(padded),
    )
