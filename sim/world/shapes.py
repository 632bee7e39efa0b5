"""The tables that a world consists of."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.parameters.orders import KINDS
from sim.records import ACTIONS
from sim.tables import Floats, Ints

WITHDRAW, HOLD, MOBILISE, DEMOBILISE, RULES, CLOSE_OFFICES, RESTRAIN, INSULT = map(
    ACTIONS.index, KINDS
)
EVENT, CALL, SPLINTER, MEDIATE, REOPEN, RISE, DEBT = map(
    ACTIONS.index, ("event", "call", "splinter", "mediate", "reopen", "rise", "debt")
)
NEVER = math.inf
START = -1
NOTHING = -2


@dataclass(frozen=True)
class Begins:
    """When something begins: ticks from the start, or from the moment that it waits for.

    `START` for no moment, `NOTHING` for one that is switched off; see `World.moments`.
    """

    delay: int
    waits_for: int


@dataclass(frozen=True)
class Kernel:
    """How one kind of excitation fades.

    ``keep`` is the share left per tick, ``height`` the excitation of one arrival [1/h],
    ``kept`` the share left by age in ticks, shape (n_ticks + 1,).
    """

    keep: float
    height: float
    kept: Floats


@dataclass(frozen=True)
class UnitOrder:
    """What an order means for one unit: its own share, its pace per tick, its crowd."""

    unit: int
    compliance: float
    spread: float
    onset_keep: float
    relapse_keep: float
    deadline: float
    crowd: int


@dataclass(frozen=True)
class OrderPlan(Begins):
    """One order: who gives it when (in ticks), and to whom.

    ``code`` is its place among the
    labels, ``moment`` its own moment, ``action`` an index into `ACTIONS`. ``first`` to
    ``last - 1`` are the places of its unit orders; ``target`` is a group, or -1. ``attack_keep``
    is the share of ``attack_rate`` that is left per tick.
    """

    key: str
    code: int
    moment: int
    address: int
    group: int
    action: int
    first: int
    last: int
    target: int
    attack_keep: float


@dataclass(frozen=True)
class BranchPlan:
    """One course of a calendar event: its pace, and the ticks to a possible new date."""

    code: int
    moment: int
    keep: float
    again_after: int


@dataclass(frozen=True)
class EventPlan:
    """One calendar event: its tick, and the places of its branches, ``first`` to ``last - 1``."""

    key: str
    moment: int
    tick: int
    address: int
    first: int
    last: int


@dataclass(frozen=True)
class Politics:
    """The calendar and what else moves tension.

    ``cumulative`` are the probabilities of an event's branches, added up; ``effects`` the
    relative change of tension by branch and bloc. ``deadlock`` is the factor of the deadlock by
    tick, shape (n_ticks,), until the moment ``deadlock_ends`` (-1 for never).
    """

    blocs: tuple[str, ...]
    events: tuple[EventPlan, ...]
    branches: tuple[BranchPlan, ...]
    cumulative: tuple[float, ...]
    effects: tuple[tuple[float, ...], ...]
    deadlock: Floats
    deadlock_ends: int


@dataclass(frozen=True)
class DebtPlan:
    """A debt that is open at the start, if it is ever to be paid: its dyad and address."""

    dyad: int
    address: int


@dataclass(frozen=True)
class Dyads:
    """Directed dyads with a rivalry and fighters on both sides, in canonical order.

    Arrays of shape (n,): attacking and attacked unit, province, rivalry, addresses of the
    draw, and the dyad of the other direction. ``elsewhere[i]`` are the dyads of the same
    two groups and direction in other provinces, and those towards groups that are blamed for
    what the other does; ``next_door[i]`` those of the same groups in neighbouring provinces.
    """

    attacker: Ints
    target: Ints
    province: Ints
    rivalry: Floats
    agent_address: Ints
    rival_address: Ints
    opposite: Ints
    elsewhere: tuple[tuple[int, ...], ...]
    next_door: tuple[tuple[int, ...], ...]
