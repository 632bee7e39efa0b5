"""An attack carried out: its mode, casualties, parent and the memory it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import Purpose
from sim.feud import Feud, Memory
from sim.rules import casualties, engagement, spread

if TYPE_CHECKING:
    from sim.agents import MilitiaUnit
    from sim.model import ReprisalModel


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
    mode = engagement.mode(how, model.plain.mode_shares)
    own, theirs = _losses(model, feud, mode)
    root = number if parent < 0 else model.roots[parent]
    depth = 0 if parent < 0 else model.depths[parent] + 1
    model.roots.append(root)
    model.depths.append(depth)
    unit, rival = feud.unit, feud.rival
    what = (number, model.tick, unit.cell.index, unit.group, rival.group, mode, cause)
    model.log.engagements.append((*what, parent, root, depth, *own, *theirs))
    model.killed_of_group.add(unit.group, own[0])
    model.killed_of_group.add(rival.group, theirs[0])
    model.killed_in_province.add(unit.cell.index, own[0] + theirs[0])
    unit.cell.security.suffer(own[0] + theirs[0], own[1] + theirs[1])
    _leave_memory(model, feud, number, theirs[0])


def _losses(model: ReprisalModel, feud: Feud, mode: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """(killed, wounded) of the attacking and of the attacked side, taken from the units."""
    table = model.plain.modes[mode]
    target_killed, attacker_killed = _draw(model, feud, Purpose.KILLED)
    target_spread, attacker_spread = _draw(model, feud, Purpose.WOUNDED)
    target_rounding, attacker_rounding = _draw(model, feud, Purpose.WOUNDED_ROUNDING)
    theirs = _side(
        model,
        feud.rival,
        table.target_killed,
        target_killed,
        target_spread,
        target_rounding,
        (table.wounded_per_killed, table.wounded_base),
    )
    own = _side(
        model,
        feud.unit,
        table.attacker_killed,
        attacker_killed,
        attacker_spread,
        attacker_rounding,
        (table.wounded_per_killed, 0.0),
    )
    return own, theirs


def _side(
    model: ReprisalModel,
    unit: MilitiaUnit,
    severity: list[float],
    uniform: float,
    spread_uniform: float,
    rounding: float,
    ratio: tuple[float, float],
) -> tuple[int, int]:
    killed = casualties.killed(uniform, severity, unit.fighters)
    wounded = casualties.wounded(
        spread_uniform,
        rounding,
        casualties.mean_wounded(killed, *ratio),
        model.plain.wounded_factors,
        unit.fighters - killed,
    )
    unit.fighters -= killed + wounded
    return killed, wounded


def _leave_memory(model: ReprisalModel, feud: Feud, number: int, killed: int) -> None:
    """Raise grievance: of the attacked unit, of its kin next door and across the country."""
    settings, dyads, next_tick = model.settings, model.world.dyads, model.tick + 1
    answer = model.plain.opposite[feud.dyad]
    if answer < 0:
        return
    mark = model.plain.mark[killed]
    model.feuds[answer].remember(Memory(number, next_tick, 1.0, mark))
    if settings.spillover.enabled:
        weight = spread.neighbour(settings.spillover.share, mark)
        for dyad in dyads.next_door[answer]:
            model.feuds[dyad].remember(Memory(number, next_tick, 0.0, weight))
    if settings.national_shock.enabled and killed:
        for dyad in dyads.elsewhere[answer]:
            _send_shock(model, feud, number, dyad, killed)


def _send_shock(model: ReprisalModel, feud: Feud, number: int, dyad: int, killed: int) -> None:
    receiver = model.feuds[dyad].unit
    uniform, _ = model.draw(feud.unit.address, receiver.address, Purpose.SHOCK_LAG)
    delay = spread.lag(uniform, *model.plain.shock_lag)
    weight = spread.shock(
        model.settings.national_shock.strength,
        model.plain.magnitude[killed],
        receiver.cell.authority,
    )
    model.deliver(dyad, Memory(number, model.tick + delay + 1, 0.0, weight))


def _draw(model: ReprisalModel, feud: Feud, purpose: Purpose) -> tuple[float, float]:
    return model.draw(feud.unit.address, model.plain.rival_address[feud.dyad], purpose)
