"""Everything that a run holds, declared once: name, type, start value, source and meaning.

The arrays of the engine, their reset between runs, the attributes of Mesa's agents and the
table of state variables in the docs all follow from here. A number of the scenario keeps the
name it has in YAML: ``deterrence.strength`` is ``run.settings.deterrence.strength``, and
``modes.*.weight`` is ``run.modes[mode].weight``. `LONG_AGO` and `NONE` stand for never and
nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim import parameters, records
from sim.parameters.orders import KINDS
from sim.step import sources
from sim.step.declare import Field, Record, given, one, pool, starts, values
from sim.step.declare import records as rows
from sim.world import shapes

LONG_AGO = -(10**9)
NONE = -1
ORDERS = tuple(KINDS.values())

# Tables: what a run reads and never changes.


class Settings(Record, holds=parameters.Scenario, rows=lambda world: [world.scenario]):
    """The numbers of the scenario file that stand once, under their own names."""


class Derived(Record):
    """Numbers that follow from several parameters, or that the run needs in another form."""

    n_ticks = given(int, "ticks of the run", lambda w: w.n_ticks)
    tick_hours = given(float, "length of a tick [h]", lambda w: w.tick_hours)
    battle_keep = given(float, "chance that a battle goes on after a tick", lambda w: w.battle_keep)
    battle_modes = given(bool, "whether any mode is one of battle", sources.battle_modes)
    reprisal_keep = given(float, "reprisal grievance left per tick", lambda w: w.reprisal.keep)
    reprisal_height = given(
        float, "reprisal grievance of one attack [1/h]", lambda w: w.reprisal.height
    )
    build_up_keep = given(
        float, "way to the intended deployment left per tick", lambda w: w.fading.build_up
    )
    anger_keep = given(float, "anger of crowds left per tick", lambda w: w.fading.anger)
    crowd_keep = given(
        float, "crowd left per tick that nobody sends home", lambda w: w.fading.crowd
    )
    civilians = given(
        bool,
        "whether any mode kills civilians",
        lambda w: any(m.civilians_killed.median > 0 for m in w.scenario.modes.values()),
    )
    clash_modes = given(
        bool,
        "whether any mode is one of clashes",
        lambda w: any(m.needs == "clash" and m.weight > 0 for m in w.scenario.modes.values()),
    )
    recent_keep = given(
        float, "weight of recent casualties left per tick", lambda w: w.fading.casualties
    )
    debt_rate = given(float, "rate at which a debt is paid [1/h]", lambda w: w.fading.debt_rate)
    alarm_window = given(
        int,
        "ticks in which killed raise an alarm",
        sources.alarm_window,
    )
    vendetta_mode = given(int, "mode in which debts are paid; -1 for any", sources.vendetta_mode)
    deadlock_ends = given(
        int, "moment that ends the deadlock; -1 for none", lambda w: w.politics.deadlock_ends
    )
    no_order = given(int, "code of no order", lambda w: len(w.labels["order"]) - 1)
    nobody = given(int, "code of no group", lambda w: len(w.labels["group"]) - 1)
    nowhere = given(int, "code of no province", lambda w: len(w.labels["province"]) - 1)


class Province(
    Record, holds=parameters.Province, rows=lambda world: world.scenario.provinces.values()
):
    """A province."""

    planned = given(
        int,
        "persons that a fixed plan sends",
        sources.planned,
    )


class Group(Record, holds=parameters.ArmedGroup, rows=lambda world: world.scenario.groups.values()):
    """An armed group."""

    bloc = given(
        int,
        "its bloc",
        sources.blocs,
    )
    patron = given(int, "stance of its patron; neutral where switched off", sources.patrons)
    favoured = given(
        bool,
        "whether the security force favours its bloc",
        sources.favoured,
    )
    first_order = given(int, "first of its orders", lambda w: sources.orders(w, "left"))
    last_order = given(int, "one after its last order", lambda w: sources.orders(w, "right"))


class Stance(Record):
    """What a unit does in a stance, quiet or mobilised."""

    opens = given(float, "chance that an attack on such a unit opens a battle", sources.opens)
    reprisal = given(
        float,
        "attacks per attack suffered, as reprisals; 0 where that is switched off",
        sources.reprisals,
    )


class Mode(Record, holds=parameters.Mode, rows=lambda world: world.scenario.modes.values()):
    """An attack mode."""


class Order(
    Record,
    holds=(shapes.OrderPlan, *ORDERS),
    leave_out=("trigger",),
    rows=lambda world: [(world.scenario.orders[plan.key], plan) for plan in world.orders],
):
    """An order that a leader may give, as `sim.world.shapes.OrderPlan` has it."""


class UnitOrder(Record, holds=shapes.UnitOrder, rows=lambda world: world.unit_orders):
    """What an order means for one unit."""


class Event(Record, holds=shapes.EventPlan, rows=lambda world: world.politics.events):
    """An event of the political calendar."""


class Branch(Record, holds=shapes.BranchPlan, rows=lambda world: world.politics.branches):
    """A branch of an event."""


class Call(
    Record,
    holds=parameters.RestraintCall,
    rows=lambda world: sources.enabled(world.scenario.restraint_calls),
):
    """A call for restraint."""

    code = given(int, "its place among the labels of orders", sources.codes_of_calls)


class Truce(
    Record,
    holds=(parameters.Truce, shapes.Begins),
    rows=sources.truces,
    leave_out=("start", "trigger"),
):
    """A truce."""


class RivalryChange(
    Record,
    holds=(parameters.RivalryChange, shapes.Begins),
    rows=sources.rivalry_changes,
    leave_out=("trigger", "between"),
):
    """A change of rivalry, and when it took place."""

    first = given(int, "one group", lambda w: sources.changed(w, 0))
    second = given(int, "the other group", lambda w: sources.changed(w, 1))
    begun_at = starts(NONE, "when")


class EarlierDebt(Record, holds=shapes.DebtPlan, rows=lambda world: world.debts):
    """A debt of blood from before the run."""


# State: what changes, and is as declared whenever a run starts.


class Unit(Record):
    """A militia unit: a group's force in one province."""

    group = given(int, "its group", lambda w: w.unit_group)
    province = given(int, "its province", lambda w: w.unit_province)
    address = given(int, "address of its draws", lambda w: w.unit_address)
    first_dyad = given(int, "first of its dyads", lambda w: sources.dyads(w, "left"))
    last_dyad = given(int, "one after its last dyad", lambda w: sources.dyads(w, "right"))
    fighters = given(int, "fighters [persons]", lambda w: w.unit_fighters)
    crowd = starts(0, "crowd called out [persons]")
    commanders = given(int, "commanders left [persons]", sources.commanders)
    mobilised = starts(False, "whether it is mobilised")
    mobilised_at = starts(LONG_AGO, "since when")
    mobilisation = starts(0.0, "attack rate that an order added, fading [1/h]")
    mobilisation_keep = starts(1.0, "how much of it is left per tick")
    mobilised_by = starts(NONE, "label of the order that added it")
    order = starts(NONE, "order to withdraw or hold that it has last taken")
    unit_order = starts(NONE, "what that order means for it")
    order_at = starts(LONG_AGO, "when it took that order")
    holds = starts(False, "whether that order was to hold")
    share = starts(0.0, "share of the order that it comes to obey, 0 to 1")
    reluctance = starts(1.0, "how much of that it does not obey yet, 0 to 1")
    loyalty = starts(1.0, "how much of its obedience has not worn off, 0 to 1")
    splinter = starts(False, "whether it takes no order any more")
    restrained_at = starts(LONG_AGO, "since when it is told not to be provoked")
    restrained_for = starts(0.0, "for how long [ticks]")
    offices = given(bool, "whether it has offices", sources.offices)
    closed_at = starts(LONG_AGO, "since when its offices are closed")
    reopening = starts(0.0, "uniform that decides when they reopen")
    rises = starts(False, "whether it decided to mobilise unasked")
    compliance = starts(0.0, "compliance with its order, 0 to 1")
    withdrawal = starts(0.0, "compliance with an order to withdraw, 0 to 1")
    stance = starts(0, "quiet, mobilised or standing down, see `sim.rules.stance`")
    anger = starts(0.0, "anger of its crowd over followers killed")
    crowd_present = starts(0, "crowd that has not gone home [persons]")
    strength = starts(0.0, "strength [fighters]")
    exposure = starts(0.0, "how far rivals can find it, 0 to 1")
    response = starts(1.0, "how far it answers provocation and attacks, 0 to 1")


class Dyad(Record):
    """A directed dyad: what one unit holds against a rival unit in its province."""

    unit = given(int, "the unit that may attack", lambda w: w.dyads.attacker)
    rival = given(int, "the unit that it may attack", lambda w: w.dyads.target)
    province = given(int, "where both stand", lambda w: w.dyads.province)
    rival_address = given(int, "address of the rival's group", lambda w: w.dyads.rival_address)
    opposite = given(int, "the dyad of the other direction, or none", lambda w: w.dyads.opposite)
    battle = given(int, "place of the battle with the rival, or none", sources.battles)
    hit_by = starts(NONE, "engagement of that battle in which the unit was hit last, before now")
    hit_now = starts(NONE, "engagement of that battle in which it was hit in this tick")
    first_memory = starts(NONE, "first attack that it remembers")
    last_memory = starts(NONE, "last attack that it remembers")
    first_debt = given(int, "place of its debts", sources.first_debts)
    debts = starts(0, "debts of blood that wait to be paid")
    unanswered_at = starts(NONE, "since when its dead are unanswered")
    unanswered = starts(0.0, "uniform that decides when the unit rises over them")
    cause = starts(0, "cause of the attack that it decided on")


class Battle(Record):
    """Two units in a province that may fight a battle, and the battle while it lasts."""

    dyad = given(int, "the dyad of one direction", lambda w: sources.pairs(w)[0])
    opening = starts(NONE, "engagement that opened the battle; none while there is no battle")
    opened_at = starts(NONE, "when")
    hit = starts(NONE, "dyad of the side that was hit last")
    told = starts(False, "whether its news has gone to other provinces")


class Force(Record):
    """The security force in one province."""

    deployed = starts(0.0, "reinforcement there [persons]")
    target = starts(0.0, "reinforcement intended [persons]")
    alarm = starts(False, "whether it decided that the alarm stands")
    alarm_since = starts(NONE, "since when the alarm stands")
    recent = starts(0.0, "recent casualties in the province, fading [persons]")
    last_engagement = starts(LONG_AGO, "tick of the last engagement in the province")
    last_death = starts(LONG_AGO, "tick of the last death in the province")
    eased = starts(False, "whether a governor mediates in this tick")
    rule = given(int, "rule of engagement: 0 restraint, 1 live fire", sources.first_rules)
    deterrence = starts(1.0, "share of hazards that its reinforcement leaves")


class Mediator(Record):
    """A governor who mediates in a province."""

    province = given(int, "the province", sources.mediating)
    mediated_at = starts(LONG_AGO, "when the governor last mediated")
    mediates = starts(False, "whether the governor decided to mediate")


class Pulse(Record):
    """The fading effect of a branch that was taken."""

    branch = starts(0, "the branch")
    kept = starts(0.0, "how much of its effect is left, 0 to 1")


class Now(Record):
    """The clock, what a tick counts, and what is known of the country as a tick starts."""

    seed = starts(0, "seed of the batch")
    replicate = starts(0, "replicate")
    tick = starts(0, "the tick")
    hour = starts(0, "local hour")
    opened = starts(0, "engagements of the tick")
    killed = starts(0, "killed in the tick [persons]")
    wounded = starts(0, "wounded in the tick [persons]")
    mobilised = starts(0, "mobilised units as the tick starts")
    compliance = starts(0.0, "mean compliance as the tick starts, 0 to 1")
    deployed = starts(0.0, "reinforcement of all provinces as the tick starts [persons]")
    truce = starts(1.0, "factor of the truces that hold")
    answering = starts(False, "whether any alarm is being answered")
    weight = starts(0.0, "sum of the provinces' weights for the reserve")
    capital_claim = starts(0.0, "persons that the capital takes first")
    eased = starts(False, "whether any governor mediates in this tick")
    engagements = starts(0, "engagements so far")
    memories = starts(0, "memories so far")
    acts = starts(0, "acts so far, those of earlier ticks")
    acts_of_tick = starts(0, "acts of the tick")
    pulses = starts(0, "branches taken so far")
    unsound = starts(0, "what is in an impossible state: see `sim.step.log`")
    unsound_at = starts(0, "which of them")
    unsound_hazard = starts(0.0, "the hazard, where that is impossible [1/h]")


# Pools: what is added row by row.


class Memory(Record):
    """An attack, or an insult, as a dyad remembers it."""

    engagement = starts(0, "its number; for an insult see `sim.step.dyads`")
    arrival = starts(0, "first tick in which it adds to the hazard")
    dyad = starts(0, "who remembers it")
    following = starts(NONE, "the next memory of the same dyad")
    reprisal = starts(0.0, "its weight in reprisal grievance [attack-equivalents]")


def _table(name: str, doc: str) -> type[Record]:
    """Make the record of a stored table, without the columns that follow from others."""
    columns = [c for c in records.TABLES[name] if c.name not in ("scenario", "replicate", "time")]
    kinds: dict[str, Any] = {c.name: Field(c.numpy, 0, c.meaning) for c in columns}
    return type(name, (Record,), {"__doc__": doc, **kinds})


Engagement = _table("engagements", "An engagement, as it is stored.")
Act = _table("orders", "An order or another act without a shot, as it is stored.")
Tick = _table("ticks", "A tick, as it is stored.")


class Run:
    """One run: the tables of its world, its state, and what it has brought about so far."""

    settings = one("table", Settings)
    derived = one("table", Derived)
    provinces = rows("table", Province)
    groups = rows("table", Group)
    stances = rows("table", Stance, lambda _: 2)
    modes = rows("table", Mode)
    orders = rows("table", Order)
    unit_orders = rows("table", UnitOrder)
    events = rows("table", Event)
    branches = rows("table", Branch)
    calls = rows("table", Call)
    truces = rows("table", Truce)
    earlier_debts = rows("table", EarlierDebt)
    cumulative = values(
        "table", float, lambda w: w.politics.cumulative, "chances of branches, added up"
    )
    effects = values("table", float, sources.effects, "change of tension by branch and bloc")
    deadlock = values(
        "table", float, lambda w: w.politics.deadlock, "factor of the deadlock by tick"
    )
    hour_of_tick = values("table", int, lambda w: w.hour, "local hour by tick")
    hour_factor = values("table", float, lambda w: w.hour_factor, "activity by province and hour")
    target_killed = values(
        "table",
        float,
        lambda w: w.casualties.target_killed,
        "probability of at most 0, 1, ... killed on the attacked side, by mode",
    )
    attacker_killed = values(
        "table", float, lambda w: w.casualties.attacker_killed, "likewise on the attacking side"
    )
    civilians_killed = values(
        "table", float, lambda w: w.casualties.civilians_killed, "likewise of neither side"
    )
    mode_weights = values(
        "table", float, sources.mode_weights, "weight of each mode, by attacking group"
    )
    security_fire = values(
        "table", float, lambda w: w.casualties.security_fire, "likewise by the security force"
    )
    security_losses = values(
        "table", float, lambda w: w.casualties.security_losses, "likewise of the security force"
    )
    wounded_factors = values(
        "table", float, lambda w: w.casualties.wounded_factors, "quantiles of the spread of wounded"
    )
    mark = values("table", float, lambda w: w.casualties.mark, "weight of an attack by its killed")
    magnitude = values("table", float, lambda w: w.casualties.magnitude, "log2(1 + killed)")
    reprisal_kept = values(
        "table", float, lambda w: w.reprisal.kept, "reprisal grievance left by age"
    )
    offices_kept = values(
        "table", float, lambda w: w.fading.offices, "chance to be closed still, by age"
    )
    unasked_kept = values(
        "table", float, lambda w: w.fading.unasked, "chance not to have risen yet, by age"
    )
    against = values(
        "table",
        float,
        sources.against,
        "whether an order, by its label, is aimed at a group, 0 or 1",
    )
    rivals = values("table", bool, sources.rivals, "whether two groups have a rivalry")
    elsewhere = values(
        "table",
        int,
        lambda w: sources.flat(w.dyads.elsewhere),
        "dyads of the same groups elsewhere",
    )
    first_elsewhere = values(
        "table", int, lambda w: sources.firsts(w.dyads.elsewhere), "where those of each dyad begin"
    )
    elsewhere_share = values(
        "table", float, sources.shares_elsewhere, "share of news of a deadly battle that each gets"
    )
    next_door = values(
        "table", int, lambda w: sources.flat(w.dyads.next_door), "those in neighbouring provinces"
    )
    first_next_door = values(
        "table", int, lambda w: sources.firsts(w.dyads.next_door), "where those of each dyad begin"
    )

    now = one("state", Now)
    units = rows("state", Unit, lambda w: len(w.unit_group))
    dyads = rows("state", Dyad, lambda w: len(w.dyads.attacker))
    forces = rows("state", Force, lambda w: len(w.scenario.provinces))
    mediators = rows("state", Mediator, lambda w: len(sources.mediating(w)))
    battles = rows("state", Battle, lambda w: len(sources.pairs(w)[0]))
    fighting = values("state", bool, sources.by_dyad, "whether a dyad is in a battle that goes on")
    rivalry = values("state", float, lambda w: w.dyads.rivalry, "rivalry of each dyad, 0 to 1")
    changes = rows("state", RivalryChange)
    reprisal = values(
        "state",
        float,
        lambda w: np.zeros(len(w.dyads.attacker)),
        "reprisal grievance by dyad [1/h]",
    )
    arrivals = values(
        "state",
        float,
        lambda w: np.zeros(len(w.dyads.attacker)),
        "reprisal weight of the tick, by dyad",
    )
    attacks = values("state", bool, sources.by_dyad, "whether a dyad decided to attack")
    due = values(
        "state", bool, lambda w: np.zeros(len(w.orders)), "whether an order is to be given"
    )
    given_at = values(
        "state", int, lambda w: np.full(w.moments, NONE), "when an order was last given, by moment"
    )
    moments = values(
        "state",
        int,
        lambda w: np.full(w.moments, NONE),
        "when an order, event or branch took place",
    )
    next_at = values(
        "state", int, lambda w: [e.tick for e in w.politics.events], "next date of each event"
    )
    moved = values(
        "state", int, lambda w: np.zeros(len(w.politics.events)), "how often each event was moved"
    )
    tension = values("state", float, lambda w: np.ones(len(w.politics.blocs)), "tension by bloc")
    pulses = rows("state", Pulse, sources.most_pulses)
    debts = values(
        "state",
        int,
        lambda w: np.zeros(sources.debts(w).sum(), int),
        "engagements whose debts wait, by dyad",
    )
    first_mail = values(
        "state", int, lambda w: np.full(w.n_ticks, NONE), "first memory that arrives in a tick"
    )
    last_mail = values(
        "state", int, lambda w: np.full(w.n_ticks, NONE), "last memory that arrives in a tick"
    )
    killed_of_group = values(
        "room",
        int,
        lambda w: np.zeros((w.n_ticks + 1, len(w.scenario.groups))),
        "killed by group before each tick [persons]",
    )
    killed_in_province = values(
        "room",
        int,
        lambda w: np.zeros((w.n_ticks + 1, len(w.scenario.provinces))),
        "killed by province before each tick [persons]",
    )
    weights = values(
        "room", float, lambda w: np.zeros(len(w.scenario.modes)), "weights of modes in a draw"
    )
    acts_of_tick = rows("room", Act, sources.most_acts)
    ticks = rows("room", Tick, lambda w: w.n_ticks)

    memories = pool(Memory, sources.most_memories)
    engagements = pool(Engagement, lambda w: len(w.dyads.attacker))
    acts = pool(Act, sources.most_acts)
