"""The start of a run, beyond what the layout gives."""

from __future__ import annotations

from typing import Any

from sim.rules import vendetta
from sim.step.chance import COMMANDER, uniforms
from sim.step.dyads import open_debt
from sim.step.layout import NONE
from sim.step.log import count_none
from sim.step.security import deterrence
from sim.step.units import units_observe


def start(run: Any) -> None:
    """Fix what presence deters, let units take stock, and open the debts from before the run."""
    count_none(run.killed_of_group)
    count_none(run.killed_in_province)
    count_none(run.killed_of_unit)
    for p in range(len(run.forces)):
        run.forces[p].deterrence = deterrence(run, p)
    units_observe(run)
    for debt in run.earlier_debts:
        _, paid = uniforms(run, 0, debt.address, 0, COMMANDER)
        if vendetta.will_be_paid(paid, run.settings.vendetta.paid):
            open_debt(run, debt.dyad, NONE)
