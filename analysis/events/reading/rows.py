"""What one row of an event table must hold, for each kind of table."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.units import FIRST_YEAR, LAST_YEAR

MOST_KILLED = 10_000_000
BELOW = "below"
MONTH_FIRST = "month_first"
MIDNIGHT = time()
_NAMED_MONTH = ("%d %B %Y", "%d %b %Y", "%d-%B-%Y", "%d-%b-%Y", "%d-%b-%y")
_DAY_FIRST = ("%d/%m/%Y",)
_ISO = "a date such as 2022-08-29, with or without a time such as 14:30, or 29 August 2022"
_ASCENDING = ("killed_low", "killed_best", "killed_high")
_KILLED_BOUNDS = f"a whole number, 0 to {MOST_KILLED:,}"


def _time_reader(*formats: str) -> Callable[[Any], datetime]:
    def read(value: Any) -> datetime:
        text = str(value).strip()
        found = _parsed(text, formats)
        if found is None and _DAY_FIRST[0] in formats and _parsed(text, ("%m/%d/%Y",)):
            raise PydanticCustomError(MONTH_FIRST, "has the month first")
        if found is None:
            raise ValueError("is no date that can be read")
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ValueError(f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
        return found

    return read


def _parsed(text: str, formats: tuple[str, ...]) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    for form in formats:
        with suppress(ValueError):
            return datetime.strptime(text, form)
    return None


def _day(found: datetime) -> datetime:
    """Take the midnight of a zone for a day, in places of any zone."""
    return found.replace(tzinfo=None) if found.time() == MIDNIGHT else found


Time = Annotated[datetime, BeforeValidator(_time_reader(*_NAMED_MONTH))]
Day = Annotated[Time, AfterValidator(_day)]
DayFirst = Annotated[
    datetime, BeforeValidator(_time_reader(*_NAMED_MONTH, *_DAY_FIRST)), AfterValidator(_day)
]
Killed = Annotated[int, Field(ge=0, le=MOST_KILLED)]


class Row(BaseModel):
    """One event of a plain table.

    The fields are the roles that columns of a table can have. Killed are persons; their
    low, best and high count ascend as far as they are given. ``precision`` says how well the
    day is known, 1 for exactly.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)

    allowed: ClassVar[dict[str, str]] = {
        "time": _ISO,
        **dict.fromkeys(_ASCENDING, _KILLED_BOUNDS),
    }
    week: ClassVar[int] = 1
    """The largest precision that still tells the week."""
    ascending: ClassVar[bool] = True
    """Whether counts out of order make a row invalid."""

    identity: str = ""
    time: Time
    precision: int | None = None
    place: str = ""
    actor: str = ""
    target: str = ""
    killed_low: Killed | None = None
    killed_best: Killed | None = None
    killed_high: Killed | None = None

    @model_validator(mode="after")
    def _ascends(self) -> Row:
        if not self.ascending:
            return self
        counts = [(role, getattr(self, role)) for role in _ASCENDING]
        given = [(role, count) for role, count in counts if count is not None]
        for (lower, small), (upper, large) in pairwise(given):
            if small > large:
                roles = {"roles": (upper, lower)}
                raise PydanticCustomError(BELOW, "is below another count", roles)
        return self


class AcledRow(Row):
    """One event of ACLED; older exports write the day first (29/08/2022)."""

    allowed: ClassVar[dict[str, str]] = {
        **Row.allowed,
        "time": "a date such as 2022-08-29, 29 August 2022 or 29/08/2022 (day first)",
        "precision": "a whole number, 1 (day) to 3 (month)",
    }
    week: ClassVar[int] = 2

    time: DayFirst
    precision: Annotated[int, Field(ge=1, le=3)] | None = None


class UcdpRow(Row):
    """One event of UCDP GED or of the candidate files.

    Candidate files have events whose high count is below the best one.
    """

    allowed: ClassVar[dict[str, str]] = {
        **Row.allowed,
        "precision": "a whole number, 1 (day) to 5 (more than a month)",
    }
    week: ClassVar[int] = 3
    ascending: ClassVar[bool] = False

    time: Day
    precision: Annotated[int, Field(ge=1, le=5)] | None = None
