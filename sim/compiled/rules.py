"""The rules of `sim.rules` and the draws of `sim.draws`, compiled from their one source.

Each name here stands for the module of the same name there: ``engagement.hazard`` is the
function `sim.rules.engagement.hazard`, translated by numba, not written again.
"""

from __future__ import annotations

from inspect import isfunction
from types import ModuleType

from numba import njit

from sim import draws as plain_draws
from sim.rules import casualties as _casualties
from sim.rules import crowd as _crowd
from sim.rules import deployment as _deployment
from sim.rules import engagement as _engagement
from sim.rules import grievance as _grievance
from sim.rules import intervention as _intervention
from sim.rules import offices as _offices
from sim.rules import orders as _orders
from sim.rules import patron as _patron
from sim.rules import provocation as _provocation
from sim.rules import reports as _reports
from sim.rules import soundness as _soundness
from sim.rules import spread as _spread
from sim.rules import stance as _stance
from sim.rules import tension as _tension
from sim.rules import vendetta as _vendetta


def compiled_module(plain: ModuleType) -> ModuleType:
    """Compile every function of a module.

    Parameters
    ----------
    plain : module
        Pure functions of numbers that call no other function of ours, and constants.

    Returns
    -------
    module
        The same names; functions compiled on first use and inlined where they are called.
    """
    twin = ModuleType(f"{plain.__name__} (compiled)", plain.__doc__)
    for name, value in vars(plain).items():
        if isfunction(value) and value.__module__ == plain.__name__:
            setattr(twin, name, njit(value, forceinline=True, error_model="numpy"))
        elif name.isupper():
            setattr(twin, name, value)
    return twin


casualties = compiled_module(_casualties)
crowd = compiled_module(_crowd)
deployment = compiled_module(_deployment)
engagement = compiled_module(_engagement)
grievance = compiled_module(_grievance)
intervention = compiled_module(_intervention)
offices = compiled_module(_offices)
orders = compiled_module(_orders)
patron = compiled_module(_patron)
provocation = compiled_module(_provocation)
reports = compiled_module(_reports)
soundness = compiled_module(_soundness)
spread = compiled_module(_spread)
stance = compiled_module(_stance)
tension = compiled_module(_tension)
vendetta = compiled_module(_vendetta)

of_source = njit(plain_draws.of_source, forceinline=True, error_model="numpy")
philox = njit(plain_draws.philox, forceinline=True, error_model="numpy")
unit_interval = njit(plain_draws.unit_interval, forceinline=True, error_model="numpy")
