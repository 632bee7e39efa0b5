"""Tables of events as they are published, and how their names become those of a scenario.

``data = eventdata.read("events.csv")`` reads an export of ACLED or UCDP GED or a plain table
and checks every row; ``eventdata.match(data, scenario, mapping)`` keeps what a scenario can
speak of and lists the rest. Both give a ``log()`` for `analysis.eventlog`. Names are imported
on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.eventdata.csvtable import EventDataError as EventDataError
    from analysis.eventdata.mapping import Mapping as Mapping
    from analysis.eventdata.mapping import load_mapping as load_mapping
    from analysis.eventdata.matching import Matched as Matched
    from analysis.eventdata.matching import draft as draft
    from analysis.eventdata.matching import match as match
    from analysis.eventdata.reading import EventData as EventData
    from analysis.eventdata.reading import read as read

_HOMES = {
    "mapping": ("Mapping", "load_mapping"),
    "matching": ("Matched", "draft", "match"),
    "csvtable": ("EventDataError",),
    "reading": ("EventData", "read"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "EventData",
    "EventDataError",
    "Mapping",
    "Matched",
    "draft",
    "load_mapping",
    "match",
    "read",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'analysis.eventdata' has no attribute {name!r}")
    return getattr(import_module(f"analysis.eventdata.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
