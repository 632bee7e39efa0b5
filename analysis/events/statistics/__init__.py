"""Statistics of event logs, the same for a simulated run and for any table of events.

``log = statistics.from_table(table, time="time", place="city")`` or
``log = statistics.from_engagements(frames.engagements, scenario)`` makes a log;
``statistics.describe(log)`` computes everything, the functions below one thing each. Names
are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.events.statistics.description import Description as Description
    from analysis.events.statistics.description import describe as describe
    from analysis.events.statistics.dispersion import fano as fano
    from analysis.events.statistics.fitting import by_spacing as by_spacing
    from analysis.events.statistics.fitting import excitation as excitation
    from analysis.events.statistics.log import EventLog as EventLog
    from analysis.events.statistics.log import from_engagements as from_engagements
    from analysis.events.statistics.nearness import proximity as proximity
    from analysis.events.statistics.overview import figure as figure
    from analysis.events.statistics.overview import sheet as sheet
    from analysis.events.statistics.placebo import before_after as before_after
    from analysis.events.statistics.rhythm import daytime as daytime
    from analysis.events.statistics.sizes import severity as severity
    from analysis.events.statistics.table import from_table as from_table
    from analysis.events.statistics.waits import waiting as waiting

_HOMES = {
    "description": ("Description", "describe"),
    "dispersion": ("fano",),
    "fitting": ("by_spacing", "excitation"),
    "log": ("EventLog", "from_engagements"),
    "nearness": ("proximity",),
    "overview": ("figure", "sheet"),
    "placebo": ("before_after",),
    "rhythm": ("daytime",),
    "sizes": ("severity",),
    "table": ("from_table",),
    "waits": ("waiting",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = list(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'analysis.events.statistics' has no attribute {name!r}")
    return getattr(import_module(f"analysis.events.statistics.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
