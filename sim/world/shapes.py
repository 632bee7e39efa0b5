"""The tables that a world consists of."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.tables import Floats, Ints

CAUSES = ("background", "battle", "reprisal", "vendetta", "provocation")
ACTIONS = (
    "withdraw",
    "hold",
    "mobilise",
    "close_offices",
    "restrain",
    "insult",
    "event",
    "call",
    "splinter",
    "mediate",
    "reopen",
    "rise",
    "debt",
)
(
    WITHDRAW,
    HOLD,
    MOBILISE,
    CLOSE_OFFICES,
    RESTRAIN,
    INSULT,
    EVENT,
    CALL,
    SPLINTER,
    MEDIATE,
    REOPEN,
    RISE,
    DEBT,
) = range(len(ACTIONS))
NEVER = math.inf
START = -1
NOTHING = -2


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
class ModeTable:
    """One attack mode: severity (cumulative killed by side, shape (limit + 1,)) and needs."""

    weight: float
    needs: int
    commander_share: float
    target_killed: Floats
    attacker_killed: Floats
    wounded_per_killed: float
    wounded_base: float


@dataclass(frozen=True)
class UnitOrder:
    """What an order means for one unit: its own share, its pace per tick, its crowd."""

    unit: int
    mean: float
    spread: float
    onset_keep: float
    loyalty_keep: float
    deadline: float
    crowd: int


@dataclass(frozen=True)
class OrderPlan:
    """One order: who gives it when (in ticks), and what it does.

    ``delay`` counts from the start or from the moment ``waits_for`` (see `World.moments`);
    `START` for none, `NOTHING` for what is switched off. ``code`` is its place among the
    labels, ``moment`` its own moment, ``action`` an index into `ACTIONS`. ``mobilise`` is the
    added rate [1/h] and ``mobilise_keep`` the share of it left per tick; ``lasts`` [ticks]
    belongs to restrain, ``target`` (a group) and ``strength`` to insult.
    """

    key: str
    code: int
    moment: int
    address: int
    group: int
    action: int
    delay: int
    waits_for: int
    own_killed: int
    rival_killed: int
    window: int
    again_after: float
    units: tuple[UnitOrder, ...]
    mobilise: float
    mobilise_keep: float
    splinter: float
    lasts: float
    target: int
    strength: float


@dataclass(frozen=True)
class BranchPlan:
    """One course of a calendar event: effect by bloc, its pace, and a possible new date."""

    code: int
    moment: int
    effect: tuple[float, ...]
    keep: float
    again_after: int


@dataclass(frozen=True)
class EventPlan:
    """One calendar event: its tick, cumulative probabilities and branches."""

    key: str
    moment: int
    tick: int
    address: int
    cumulative: tuple[float, ...]
    branches: tuple[BranchPlan, ...]


@dataclass(frozen=True)
class Spell:
    """A factor that holds from a tick on for a number of ticks (a call, a truce)."""

    code: int
    tick: int
    lasts: float
    factor: float


@dataclass(frozen=True)
class Politics:
    """The calendar and what else moves tension.

    ``deadlock`` is the factor of the deadlock by tick, shape (n_ticks,), until the moment
    ``deadlock_ends`` (-1 for never). ``group_bloc`` gives each group's bloc.
    """

    blocs: tuple[str, ...]
    group_bloc: tuple[int, ...]
    events: tuple[EventPlan, ...]
    calls: tuple[Spell, ...]
    truces: tuple[Spell, ...]
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
    two groups and direction in other provinces, ``next_door[i]`` those in neighbours.
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
