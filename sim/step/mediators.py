"""Governors who mediate once the security force is there and the killing pauses."""

from __future__ import annotations

from sim.rules import intervention
from sim.step.layout import Run
from sim.step.log import record_act
from sim.step.security import more
from sim.world.shapes import MEDIATE


def mediators_decide(run: Run) -> None:
    """Let every governor who mediates decide."""
    for m in range(len(run.mediators)):
        mediator_decide(run, m)


def mediator_decide(run: Run, m: int) -> None:
    """Decide whether to mediate, once an alarm, in what has happened since it was raised."""
    settings, mediator = run.settings.mediation, run.mediators[m]
    force = run.forces[mediator.province]
    fresh = force.alarm_since >= 0 and force.alarm_since > mediator.mediated_at
    mediator.mediates = fresh and intervention.mediates(
        more(run, mediator.province),
        settings.presence,
        run.now.tick - force.last_death,
        settings.pause,
    )


def mediators_act(run: Run) -> None:
    """Let every governor who mediates act."""
    for m in range(len(run.mediators)):
        mediator_act(run, m)


def mediator_act(run: Run, m: int) -> None:
    """Mediate if that was decided: battles end and grievance eases."""
    mediator = run.mediators[m]
    if mediator.mediates:
        force = run.forces[mediator.province]
        mediator.mediated_at, force.eased, run.now.eased = run.now.tick, True, True
        record_act(run, run.derived.no_order, run.derived.nobody, MEDIATE, mediator.province)
