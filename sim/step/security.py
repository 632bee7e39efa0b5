"""The security force: alarm, deployment and deterrence."""

from __future__ import annotations

from typing import Any

from sim.rules import brigade, deployment, engagement, intervention, orders, soundness
from sim.step.layout import NONE, Run
from sim.step.log import FORCE, impossible, killed_within


def presence(run: Run, p: int) -> float:
    """Persons of the security force per 1,000 residents."""
    return max(0.0, run.provinces[p].presence + more(run, p))


def more(run: Run, p: int) -> float:
    """Persons per 1,000 residents beyond the usual presence."""
    return deployment.beyond(run.forces[p].deployed, run.provinces[p].population)


def deterrence(run: Run, p: int) -> float:
    """Share of every hazard in a province that reinforcement leaves."""
    return left_by(run, p, more(run, p))


def left_by(run: Run, p: int, persons: float) -> float:
    """Share of a hazard that so many persons per 1,000 residents beyond the usual ones leave."""
    settings = run.settings.deterrence
    if not settings.enabled:
        return 1.0
    return deployment.deterrence(settings.strength, run.provinces[p].authority, persons)


def deters(run: Any, p: int, g: int) -> float:
    """Share of a group's hazards in a province that the security force leaves.

    Brigades that favour its bloc do not deter it.
    """
    group, force = run.groups[g], run.forces[p]
    if group.kind == engagement.SECURITY_FORCE:
        return 1.0
    left, sparing = force.deterrence, run.favouring[p][group.bloc]
    if sparing > 0.0:
        others = deployment.beyond(force.deployed - sparing, run.provinces[p].population)
        left = left_by(run, p, others)
    return intervention.deters(left, group.favoured)


def reserve(run: Any) -> float:
    """Persons that can be moved: what the scenario says, or the brigades."""
    if not len(run.brigades):
        return float(run.settings.deployment.reserve)
    persons = 0.0
    for own in run.brigades:
        persons += brigade.ready(own.persons, own.readiness)
    return persons


def sent(run: Any, p: int) -> float:
    """Persons that dated deployments send to a province in this tick."""
    persons = 0.0
    for own in run.deployments:
        if own.to == p and stands(run, own):
            persons += own.persons
    return persons


def stands(run: Run, deployment: Any) -> bool:
    """Whether a dated deployment is in force."""
    begun = deployment.begun_at
    return begun >= 0 and orders.holds(run.now.tick - begun, deployment.lasts)


def ceiling(run: Run, p: int) -> float:
    """Most persons that a province can receive."""
    return run.settings.deployment.ceiling * run.provinces[p].population / 1000.0


def answering(run: Run, force: Any) -> bool:
    """Whether the alarm of a province has stood for as long as the lag."""
    since = run.now.tick - force.alarm_since
    return force.alarm_since >= 0 and since >= run.settings.deployment.lag


def weight(run: Run, p: int) -> float:
    """Weight of a province in the reserve: residents, or recent casualties under alarm."""
    rule, force = run.settings.deployment.rule, run.forces[p]
    if rule == deployment.PROPORTIONAL:
        return float(run.provinces[p].population)
    claims_first = rule == deployment.CAPITAL_FIRST and run.provinces[p].capital
    return force.recent if answering(run, force) and not claims_first else 0.0


def forces_observe(run: Any) -> None:
    """Fix what is known of the country as the tick starts."""
    now, settings = run.now, run.settings.deployment
    now.eased = False
    claims, weights, deployed, some = 0.0, 0.0, 0.0, False
    for p in range(len(run.forces)):
        force = run.forces[p]
        if run.provinces[p].capital:
            claims += ceiling(run, p)
        weights += weight(run, p)
        deployed += force.deployed
        some = some or answering(run, force)
        force.eased = False
    now.weight, now.deployed, now.answering = weights, deployed, some
    now.capital_claim = deployment.capital_claim(settings.rule, claims, reserve(run))


def forces_decide(run: Run) -> None:
    """Let every force decide."""
    for p in range(len(run.forces)):
        force_decide(run, p)


def force_decide(run: Any, p: int) -> None:
    """Decide on the alarm and on the reinforcement."""
    now, settings, force = run.now, run.settings, run.forces[p]
    quiet = now.tick - force.last_engagement
    force.alarm = deployment.alarmed(
        force.alarm_since >= 0,
        killed_within(run.killed_in_province, now.tick, p, run.derived.alarm_window),
        settings.deployment.alarm_killed,
        quiet >= settings.deployment.return_after,
    )
    force.target = deployment.intended(
        settings.deployment.rule,
        answering(run, force),
        now.answering,
        run.provinces[p].capital,
        weight(run, p),
        now.weight,
        reserve(run),
        now.capital_claim,
        float(run.provinces[p].planned),
        ceiling(run, p),
    )
    force.target = brigade.at_least(force.target, sent(run, p))


def forces_act(run: Run) -> None:
    """Let every force act."""
    for p in range(len(run.forces)):
        force_act(run, p)


def force_act(run: Any, p: int) -> None:
    """Move towards the reinforcement decided on; raise or end the alarm."""
    force = run.forces[p]
    if len(run.brigades):
        force.deployed = reinforce(run, p)
    else:
        keep = run.derived.build_up_keep
        force.deployed = deployment.approach(force.deployed, force.target, keep)
    mark_alarm(run, p)


def mark_alarm(run: Run, p: int) -> None:
    """Note since when the alarm stands that was decided on, or that it has ended."""
    force = run.forces[p]
    if not force.alarm:
        force.alarm_since = NONE
    elif force.alarm_since < 0:
        force.alarm_since = run.now.tick


def reinforce(run: Any, p: int) -> float:
    """Reinforcement of a province by brigades: those there, less those missed from home."""
    visiting, missing = 0.0, 0.0
    for bloc in range(len(run.favouring[p])):
        run.favouring[p][bloc] = 0.0
    for own in run.brigades:
        there = own.place == p and own.following < 0
        persons = brigade.ready(own.persons, own.readiness)
        if there and own.favours >= 0:
            run.favouring[p][own.favours] += persons
        if there and own.home != p:
            visiting += persons
        elif own.home == p and not there:
            missing += persons
    return brigade.present(visiting, missing)


def forces_update(run: Run) -> None:
    """Let every force move on by one tick."""
    for p in range(len(run.forces)):
        force_update(run, p)


def force_update(run: Any, p: int) -> None:
    """Let the memory of casualties fade, and fix what presence deters in the next tick."""
    force = run.forces[p]
    force.recent *= run.derived.recent_keep
    force.deterrence = deterrence(run, p)
    if not soundness.province_is_sound(
        force.deployed, force.deterrence, force.recent, len(run.brigades) > 0
    ):
        impossible(run, FORCE, p)
