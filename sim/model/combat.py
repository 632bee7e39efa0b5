"""An attack carried out: its mode, casualties, parent and the memory it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.draws import Purpose
from sim.model.feud import NO_PARENT, PROVOKED, Feud, Memory
from sim.rules import casualties, engagement, intervention, spread, vendetta
from sim.world.shapes import DEBT

if TYPE_CHECKING:
    from sim.model.agents import MilitiaUnit
    from sim.model.model import ReprisalModel
    from sim.model.plain import PlainMode


@dataclass(slots=True)
class Toll:
    """Killed and wounded of one side."""

    killed: int
    wounded: int


@dataclass(slots=True)
class Fire:
    """What the security force does in an engagement: at whom it fires, to what effect."""

    at_attacker: bool = False
    killed: int = 0
    own_killed: int = 0


def carry_out(model: ReprisalModel, feud: Feud, cause: int) -> None:
    """Carry out one attack and record it.

    Parameters
    ----------
    model : ReprisalModel
        The model.
    feud : Feud
        Attacking unit and its rival.
    cause : int
        See `sim.rules.engagement`.
    """
    number = len(model.log.engagements)
    pick, how = _draw(model, feud, Purpose.PARENT)
    parent = feud.parent(cause, pick)
    if parent == PROVOKED:
        parent, cause = NO_PARENT, engagement.PROVOCATION
    mode = _mode(model, feud, cause, how)
    own, theirs = _tolls(model, feud, model.plain.modes[mode])
    fire, blamed = _security_fires(model, feud, mode), theirs.killed
    (own if fire.at_attacker else theirs).killed += fire.killed
    root = number if parent < 0 else model.roots[parent]
    depth = 0 if parent < 0 else model.depths[parent] + 1
    model.roots.append(root)
    model.depths.append(depth)
    unit, rival = feud.unit, feud.rival
    what = (number, model.tick, unit.cell.index, unit.group, rival.group, mode, cause)
    losses = (own.killed, own.wounded, theirs.killed, theirs.wounded)
    model.log.engagements.append(
        (*what, parent, root, depth, *losses, fire.killed, fire.own_killed)
    )
    killed = own.killed + theirs.killed + fire.own_killed
    model.killed_of_group.add(unit.group, own.killed)
    model.killed_of_group.add(rival.group, theirs.killed)
    model.killed_in_province.add(unit.cell.index, killed)
    unit.cell.security.suffer(killed, own.wounded + theirs.wounded)
    _leave_memory(model, feud, number, blamed)
    _open_debt(model, feud, number, mode, blamed)


def _mode(model: ReprisalModel, feud: Feud, cause: int, uniform: float) -> int:
    """Draw a mode among those that are possible here, or among all if none is."""
    if cause == engagement.VENDETTA and model.plain.vendetta_mode >= 0:
        return model.plain.vendetta_mode
    modes = model.plain.modes
    weights = [
        mode.weight
        if engagement.possible(mode.needs, feud.rival.office_open, feud.unit.crowd_present)
        else 0.0
        for mode in modes
    ]
    if not any(weights):
        weights = [mode.weight for mode in modes]
    total = 0.0
    for weight in weights:
        total += weight
    walked, chosen = 0.0, 0
    for number, weight in enumerate(weights):
        if weight > 0.0:
            chosen = number
            if engagement.reached(uniform * total, walked, weight):
                break
            walked += weight
    return chosen


def _tolls(model: ReprisalModel, feud: Feud, mode: PlainMode) -> tuple[Toll, Toll]:
    """Casualties of the attacking and of the attacked side, taken from the units."""
    killed, spread_by = _draw(model, feud, Purpose.KILLED), _draw(model, feud, Purpose.WOUNDED)
    rounding = _draw(model, feud, Purpose.WOUNDED_ROUNDING)
    crowd_first = mode.needs == engagement.NEEDS_CROWD
    theirs = _toll(
        model,
        feud.rival,
        casualties.killed(killed[0], mode.target_killed, _people(feud.rival)),
        (spread_by[0], rounding[0], mode.wounded_per_killed, mode.wounded_base),
    )
    feud.rival.lose(theirs.killed, theirs.wounded, crowd_first)
    own = _toll(
        model,
        feud.unit,
        casualties.killed(killed[1], mode.attacker_killed, _people(feud.unit)),
        (spread_by[1], rounding[1], mode.wounded_per_killed, 0.0),
    )
    feud.unit.lose(own.killed, own.wounded, crowd_first)
    return own, theirs


def _toll(
    model: ReprisalModel, unit: MilitiaUnit, killed: int, how: tuple[float, float, float, float]
) -> Toll:
    spread_by, rounding, per_killed, base = how
    mean = casualties.mean_wounded(killed, per_killed, base)
    able = _people(unit) - killed
    factors = model.plain.wounded_factors
    return Toll(killed, casualties.wounded(spread_by, rounding, mean, factors, able))


def _people(unit: MilitiaUnit) -> int:
    return unit.fighters + unit.crowd_present


def _security_fires(model: ReprisalModel, feud: Feud, mode: int) -> Fire:
    """Let the security force join the engagement as a third side, or stay out."""
    settings, force = model.settings.third_side, feud.unit.cell.security
    if not settings.enabled:
        return Fire()
    chance, severity = _draw(model, feud, Purpose.THIRD_SIDE)
    if not intervention.joins(chance, settings.probability, force.presence):
        return Fire()
    favoured = model.plain.favoured
    at_attacker = intervention.fires_at_attacker(
        favoured[feud.unit.group], favoured[feud.rival.group]
    )
    hit = feud.unit if at_attacker else feud.rival
    losses, _ = _draw(model, feud, Purpose.THIRD_SIDE_LOSSES)
    killed = casualties.killed(severity, model.plain.security_fire, _people(hit))
    crowd_first = model.plain.modes[mode].needs == engagement.NEEDS_CROWD
    hit.lose(killed, 0, crowd_first)
    garrison = int(force.presence * force.cell.population / 1000.0)
    own_killed = casualties.killed(losses, model.plain.security_losses, garrison)
    return Fire(at_attacker, killed, own_killed)


def _leave_memory(model: ReprisalModel, feud: Feud, number: int, killed: int) -> None:
    """Raise grievance: of the attacked unit, of its kin next door and across the country."""
    settings, dyads, next_tick = model.settings, model.world.dyads, model.tick + 1
    feud.unanswered = None
    answer = model.plain.opposite[feud.dyad]
    if answer < 0:
        return
    mark = model.plain.mark[killed]
    model.feuds[answer].remember(Memory(number, next_tick, 1.0, mark))
    if killed and settings.stances.unasked and model.feuds[answer].unanswered is None:
        uniform, _ = _draw(model, feud, Purpose.UNASKED)
        model.feuds[answer].unanswered = (model.tick, uniform)
    if settings.spillover.enabled:
        weight = spread.neighbour(settings.spillover.share, mark)
        for dyad in dyads.next_door[answer]:
            model.feuds[dyad].remember(Memory(number, next_tick, 0.0, weight))
    if settings.national_shock.enabled and killed:
        for dyad in dyads.elsewhere[answer]:
            _send_shock(model, feud, number, dyad, killed)


def _send_shock(model: ReprisalModel, feud: Feud, number: int, dyad: int, killed: int) -> None:
    receiver, magnitude = model.feuds[dyad].unit, model.plain.magnitude
    uniform, _ = model.draw(feud.unit.address, receiver.address, Purpose.SHOCK_LAG)
    delay = spread.lag(uniform, *model.plain.shock_lag)
    weight = spread.shock(
        model.settings.national_shock.strength,
        magnitude[killed],
        receiver.cell.authority,
    )
    model.deliver(dyad, Memory(number, model.tick + delay + 1, 0.0, weight))


def _open_debt(model: ReprisalModel, feud: Feud, number: int, mode: int, killed: int) -> None:
    """Open a debt of blood when a commander was killed."""
    settings, answer = model.settings.vendetta, model.plain.opposite[feud.dyad]
    if not settings.enabled or answer < 0 or not feud.rival.commanders:
        return
    commander, paid = _draw(model, feud, Purpose.COMMANDER)
    if not vendetta.opens(commander, model.plain.modes[mode].commander_share, killed):
        return
    feud.rival.commanders -= 1
    model.record_act(group=feud.rival.group, action=DEBT, province=feud.unit.cell.index)
    if vendetta.will_be_paid(paid, settings.paid):
        model.feuds[answer].debts.append(number)


def _draw(model: ReprisalModel, feud: Feud, purpose: Purpose) -> tuple[float, float]:
    return model.draw(feud.unit.address, model.plain.rival_address[feud.dyad], purpose)
