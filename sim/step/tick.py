"""One tick: the order in which everything happens.

All look and decide on the state as the tick starts; then all act, and what happened is felt
from the next tick on. So the order of agents cannot matter.
"""

from __future__ import annotations

from sim.step.battles import battles_update
from sim.step.brigades import brigades_act, brigades_decide, deployments_observe
from sim.step.ceasefires import ceasefires_act, ceasefires_observe
from sim.step.combat import engagements
from sim.step.curfews import curfews_act, curfews_observe
from sim.step.dyads import dyads_fade
from sim.step.layout import Run
from sim.step.leaders import leaders_act, leaders_decide
from sim.step.log import begin, record
from sim.step.mediators import mediators_act, mediators_decide
from sim.step.politics import politics_act, politics_observe
from sim.step.security import forces_act, forces_decide, forces_observe, forces_update
from sim.step.units import (
    crowds_update,
    units_act,
    units_count,
    units_decide,
    units_observe,
    units_update,
)


def step(run: Run) -> None:
    """One tick of a run that was started, see `sim.step.start`."""
    begin(run)
    politics_observe(run)
    curfews_observe(run)
    ceasefires_observe(run)
    deployments_observe(run)
    forces_observe(run)
    units_observe(run)
    units_count(run)

    leaders_decide(run)
    forces_decide(run)
    brigades_decide(run)
    mediators_decide(run)
    units_decide(run)

    politics_act(run)
    leaders_act(run)
    units_act(run)
    engagements(run)
    brigades_act(run)
    forces_act(run)
    curfews_act(run)
    ceasefires_act(run)
    mediators_act(run)

    battles_update(run)
    dyads_fade(run)
    crowds_update(run)
    units_update(run)
    forces_update(run)
    record(run)


# The names of the phases in their order, for those who go through them one by one.
PHASES: tuple[str, ...] = step.__code__.co_names
