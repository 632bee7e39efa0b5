"""Governors who mediate once the security force is there and the killing pauses."""

from __future__ import annotations

from sim.rules import intervention
from sim.step.layout import Run
from sim.step.log import record_act
from sim.step.security import end_battle, presence
from sim.world.shapes import MEDIATE


def mediators_decide(run: Run) -> None:
    """Let every governor who mediates decide."""
    for m in range(len(run.mediators)):
        mediator_decide(run, m)


def mediator_decide(run: Run, m: int) -> None:
    """Decide whether to mediate in what has happened since the last time."""
    settings, mediator = run.settings.mediation, run.mediators[m]
    last_death = run.forces[mediator.province].last_death
    mediator.mediates = last_death > mediator.mediated_at and intervention.mediates(
        presence(run, mediator.province),
        settings.presence,
        run.now.tick - last_death,
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
        mediator.mediated_at, force.eased = run.now.tick, True
        end_battle(run, force)
        record_act(run, run.derived.no_order, run.derived.nobody, MEDIATE, mediator.province)
