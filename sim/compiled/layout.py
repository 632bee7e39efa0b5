"""Records of the compiled engine: one array per kind of agent, one record per agent.

A field has the name that the Mesa agent gives it; positions in other arrays stand where
the Mesa agent holds another agent. `LONG_AGO` and -1 stand for None.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.tables import Floats, Ints

Records = NDArray[Any]

LONG_AGO = -(10**9)
NOT_YET = -1


def _record(**kinds: str) -> np.dtype[Any]:
    """Record type from groups of field names by numpy type."""
    names = [(name, kind) for kind, group in kinds.items() for name in group.split()]
    return np.dtype(names, align=True)


UNIT = _record(
    i8="group province address first last fighters crowd crowd_present mobilised_at unit_order"
    " plan order_at restrained_at closed_at commanders stance",
    f8="mobilisation mobilisation_keep share reluctance loyalty restrained_for reopening"
    " compliance withdrawal strength exposure response",
    bool="mobilised holds splinter offices rises stirred",
)
FEUD = _record(
    i8="unit rival province rival_address opposite first_memory last_memory debts debts_from"
    " unanswered_at cause",
    f8="rivalry unanswered",
)
FORCE = _record(
    i8="population alarm_since last_engagement last_death battle_ended_at mediated_at",
    f8="authority base planned deployed deterred_at recent target deterrence",
    bool="capital alarm separates mediator mediates battle_ends mediated",
)
MEMORY = _record(i8="engagement arrival feud following", f8="battle reprisal")
PLAN = _record(
    i8="code moment address group action delay waits_for own_killed rival_killed window"
    " first last target",
    f8="again_after mobilise mobilise_keep splinter lasts strength",
)
UNIT_ORDER = _record(i8="unit crowd", f8="mean spread onset_keep loyalty_keep deadline")
EVENT = _record(i8="moment tick address first last")
BRANCH = _record(i8="code moment again_after", f8="keep")
SPELL = _record(i8="code tick", f8="lasts factor")
PULSE = _record(i8="branch", f8="kept")
DEBT = _record(i8="feud address")
MODE = _record(i8="needs", f8="weight commander_share wounded_per_killed wounded_base")
SETTINGS = _record(
    i8="n_ticks vendetta_mode deployment_rule deadlock_ends alarm_killed alarm_window"
    " no_order nobody nowhere",
    f8="tick_hours battle_keep battle_height reprisal_keep reprisal_height build_up casualties"
    " debt_rate growth stand_down crowd_weight withdrawn_exposure closed_share restraint"
    " background_rate reference_fighters opportunity_limit third_side spillover shock"
    " lag_min lag_max vendetta_paid reserve ceiling deterrence separation_presence"
    " separation_pause lag_ticks return_ticks mediation_presence mediation_pause"
    " mediation_factor lapse_ticks",
    bool="provocation offices third_side_enabled unasked spillover_enabled shock_enabled"
    " vendetta deterrence_enabled separation",
)
NOW = _record(
    i8="tick hour memories engagements orders pulses acts lost opened killed wounded first_row"
    " first_order first_tick waiting_debts unanswered",
    f8="truce weight capital_claim compliance deployed mobilisation",
    i4="mobilised",
    bool="answering ended unsound",
)

ENGAGEMENT_COLUMNS = (
    "engagement",
    "tick",
    "province",
    "attacker",
    "target",
    "mode",
    "cause",
    "parent",
    "root",
    "depth",
    "attacker_killed",
    "attacker_wounded",
    "target_killed",
    "target_wounded",
    "killed_by_security",
    "security_killed",
)
ORDER_COLUMNS = ("tick", "order", "group", "action", "province")
ENGAGEMENT = np.dtype([(name, "i4") for name in ENGAGEMENT_COLUMNS])
ACT = np.dtype([(name, "i4") for name in ORDER_COLUMNS])
TICK = np.dtype(
    [
        ("tick", "i4"),
        ("engagements", "i2"),
        ("killed", "i4"),
        ("wounded", "i4"),
        ("mobilised", "i2"),
        ("compliance", "f4"),
        ("deployed", "f4"),
    ]
)


class Tables(NamedTuple):
    """A world as arrays; never written to by a run.

    ``settings`` has one record. ``units``, ``feuds`` and ``forces`` are the state at the
    start. ``elsewhere[elsewhere_at[d] : elsewhere_at[d + 1]]`` are the dyads elsewhere of
    dyad d, likewise ``next_door``. Severity tables have shape (modes, limit + 1),
    ``effects`` and ``stance_effects`` (branches, blocs) and (3, 2), ``rivals``
    (groups, groups).
    """

    settings: Records
    units: Records
    feuds: Records
    forces: Records
    plans: Records
    unit_orders: Records
    events: Records
    branches: Records
    cumulative: Floats
    effects: Floats
    calls: Records
    truces: Records
    debts: Records
    modes: Records
    target_killed: Floats
    attacker_killed: Floats
    wounded_factors: Floats
    mark: Floats
    magnitude: Floats
    security_fire: Floats
    security_losses: Floats
    battle_kept: Floats
    reprisal_kept: Floats
    offices_kept: Floats
    unasked_kept: Floats
    deadlock: Floats
    hour: Ints
    hour_factor: Floats
    stance_effects: Floats
    group_bloc: Ints
    patron: Ints
    favoured: NDArray[np.bool_]
    rivals: NDArray[np.bool_]
    elsewhere: Ints
    elsewhere_at: Ints
    next_door: Ints
    next_door_at: Ints
    agent_address: Ints
    rival_address: Ints
    rivalry: Floats


class State(NamedTuple):
    """Everything that changes in a run.

    ``now`` has one record: the clock, counts of what is in use of the pools, and what is
    fixed as a tick starts. ``battle`` and ``reprisal`` are the excitations of the dyads and
    what arrives in the tick, ``attacks`` whether they attack. Pools: ``memories`` (also
    holding those under way, chained by the tick in which they arrive), ``debts``
    (engagements, room for every debt a dyad can hold), ``acts`` of the tick.
    ``killed_of_group`` and ``killed_in_province`` are sums by the start of each tick, shape
    (n_ticks + 1, n). ``chances`` holds a dyad's first attack uniform for some ticks ahead.
    """

    now: Records
    units: Records
    feuds: Records
    forces: Records
    given_at: Ints
    moments: Ints
    due: NDArray[np.bool_]
    next_at: Ints
    moved: Ints
    pulses: Records
    tension: Floats
    battle: Floats
    reprisal: Floats
    battle_arrivals: Floats
    reprisal_arrivals: Floats
    attacks: NDArray[np.bool_]
    memories: Records
    mail_first: Ints
    mail_last: Ints
    debts: Ints
    killed_of_group: Ints
    killed_in_province: Ints
    weights: Floats
    acts: Records
    chances: Floats


class Output(NamedTuple):
    """Rows of one run; more are counted in ``now`` than kept when there is no room."""

    engagements: Records
    orders: Records
    ticks: Records
