"""Tables of events as they are published, and how their names become those of a scenario.

``data = reading.read("events.csv")`` reads a table of a known kind or a plain one, checks every
row and says what it chose; ``reading.match(data, scenario, mapping)`` keeps what a scenario can
speak of and lists the rest. Both give a ``log()`` for `analysis.events.statistics`.
"""

from __future__ import annotations

from analysis.events.reading.data import EventData, read
from analysis.events.reading.errors import EventDataError
from analysis.events.reading.mapping import Mapping, Reading, load_mapping
from analysis.events.reading.matching import Matched, draft, match

__all__ = [
    "EventData",
    "EventDataError",
    "Mapping",
    "Matched",
    "Reading",
    "draft",
    "load_mapping",
    "match",
    "read",
]
