"""Durations, rates and local times as people write them in a scenario file.

A duration is a number with a unit (``6h``, ``1.2d``, ``1d12h``), a rate is a number
per unit (``0.5/d``), a time is ISO 8601 local time without a zone. A bare number is
refused: it may mean hours or days.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

HOURS_PER_UNIT = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
FIRST_YEAR, LAST_YEAR = 1900, 2200
_SECONDS_PER_UNIT = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_UNIT = r"(?:min|s|h|d|w)"
DURATION_PATTERN = rf"^{_NUMBER} ?{_UNIT}(?: ?{_NUMBER} ?{_UNIT})*$"
RATE_PATTERN = rf"^{_NUMBER} ?/ ?{_UNIT}$"
_LONGEST = 400
_PART = re.compile(rf"({_NUMBER}) ?({_UNIT})")
_DAY_FIRST = r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})"
_DAY_IN_WORDS = r"(?P<day>[0-9]{1,2})\.? (?P<month>[A-Za-z]{3,9}),? (?P<year>[0-9]{4})"
_MONTH_FIRST = r"(?P<month>[A-Za-z]{3,9}) (?P<day>[0-9]{1,2}),? (?P<year>[0-9]{4})"
_YEAR_FIRST = r"(?P<year>[0-9]{4})(?P<sign>[-/.])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})"
_HOUR = r"(?:(?:,? |T)(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2}))?"
_DATES = [
    re.compile(form + _HOUR) for form in (_DAY_FIRST, _DAY_IN_WORDS, _MONTH_FIRST, _YEAR_FIRST)
]
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_WORDED = re.compile(rf"({_NUMBER}) ?([a-z]+)")
_LETTERS = {
    "s": "s", "sec": "s", "second": "s", "m": "min", "min": "min", "minute": "min", "h": "h",
    "hr": "h", "hour": "h", "d": "d", "day": "d", "w": "w", "wk": "w", "week": "w",
}  # fmt: skip
_UNITS_HELP = "s, min, h, d, w"
_DURATION_HELP = f"needs a duration with a unit ({_UNITS_HELP}), such as '6h' or '1d12h'"
_TIME_HELP = "needs a local date and time such as '2022-08-30T13:30'"
_RATE_HELP = f"needs a number per unit of time (per {_UNITS_HELP}), such as '0.5/d'"


@lru_cache(maxsize=4096)
def _hours(text: str) -> HoursFloat:
    # Exact sums: 90min and 1.5h must be the same number, and give the same hash.
    parts = _PART.findall(text)
    seconds = sum((Fraction(n) * _SECONDS_PER_UNIT[u] for n, u in parts), Fraction(0))
    return HoursFloat(_finite(seconds / 3600))


def parse_duration(value: Any) -> float:
    """Read a duration as hours."""
    if isinstance(value, HoursFloat):
        return value
    if isinstance(value, bool) or not isinstance(value, str):
        hint = f"; write '{value}h' or '{value}d'" if _is_number(value) else ""
        raise ValueError(f"needs a duration with a unit ({_UNITS_HELP}), such as '6h'{hint}")
    text = value.strip()
    if len(text) <= _LONGEST and re.fullmatch(DURATION_PATTERN, text):
        return _hours(text)
    if text.startswith("-"):
        raise ValueError("a duration cannot be negative")
    if re.fullmatch(_NUMBER, text):
        raise ValueError(f"needs a unit ({_UNITS_HELP}), such as '{text}h' or '{text}d'")
    raise ValueError(_DURATION_HELP + _write(_duration_meant(text)))


def parse_rate(value: Any) -> float:
    """Read a rate as events per hour."""
    if isinstance(value, PerHourFloat):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if len(text) <= _LONGEST and re.fullmatch(RATE_PATTERN, text):
        number, unit = text.split("/")
        return PerHourFloat(_finite(Fraction(number) * 3600 / _SECONDS_PER_UNIT[unit.strip()]))
    if text.startswith("-"):
        raise ValueError("a rate cannot be negative")
    raise ValueError(_RATE_HELP + _write(_rate_meant(str(value).strip())))


def _write(meant: str) -> str:
    return f"; write '{meant}'" if meant else ""


def _duration_meant(text: str) -> str:
    """Guess a duration from words such as ``2 days``, ``90m`` or ``0,5d``; empty for no guess."""
    plain = _COMMA.sub(".", text.lower()) if len(text) <= _LONGEST else ""
    parts = _WORDED.findall(plain)
    rest = _WORDED.sub("", plain).replace("and", "").strip(" ,.")
    known = [(number, _LETTERS.get(word.rstrip("s") or "s", "")) for number, word in parts]
    if rest or not known or not all(unit for _, unit in known):
        return ""
    return "".join(f"{number}{unit}" for number, unit in known)


def _rate_meant(text: str) -> str:
    """Guess a rate from words such as ``0.02 per day`` or from a bare number."""
    plain = _COMMA.sub(".", text.lower()) if len(text) <= _LONGEST else ""
    if re.fullmatch(_NUMBER, plain):
        return f"{plain}/d"
    found = re.fullmatch(rf"({_NUMBER}) ?(?:per|an?|/|each|every) ?([a-z]+)", plain)
    unit = _LETTERS.get(found[2].rstrip("s") or "s", "") if found else ""
    return f"{found[1]}/{unit}" if found and unit else ""


def parse_local_time(value: Any) -> datetime:
    """Read an ISO 8601 local time such as ``2022-08-30T13:30``."""
    if isinstance(value, datetime):
        parsed = value
    elif isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value.strip())
        except ValueError:
            if _LOCAL_TIME.fullmatch(value.strip()):
                raise ValueError("names a day or an hour that does not exist") from None
            raise ValueError(_TIME_HELP + _write(_local_time_meant(value.strip()))) from None
    elif isinstance(value, date):
        parsed = datetime(value.year, value.month, value.day)
    else:
        raise ValueError(_TIME_HELP)
    if parsed.tzinfo is not None:
        raise ValueError("needs a local time without a zone; clock.timezone gives the zone")
    if parsed.microsecond:
        raise ValueError("needs a local time to the second at the finest")
    if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        raise ValueError(f"needs a year from {FIRST_YEAR} to {LAST_YEAR}")
    return parsed


def _local_time_meant(text: str) -> str:
    """Guess a time from a date such as ``5.3.2024`` or ``5 March 2024``; empty for no guess."""
    found = next(filter(None, (form.fullmatch(text) for form in _DATES)), None)
    if found is None:
        return ""
    month = found["month"]
    if not month.isdigit():
        name = month[:3].lower()
        month = str(_MONTHS.index(name) + 1) if name in _MONTHS else "0"
    hour = f"T{int(found['hour']):02}:{found['minute']}" if found["hour"] else ""
    meant = f"{found['year']}-{int(month):02}-{int(found['day']):02}{hour}"
    try:
        datetime.fromisoformat(meant)
    except ValueError:
        return ""
    return meant


def to_utc(local: datetime, zone: tzinfo) -> datetime:
    """Give the moment that a local time stands for."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        raise ValueError("never happens: clocks are set forward over it")
    return moment


def format_local_time(moment: datetime) -> str:
    """Write a local time as ISO 8601, with seconds only where there are any."""
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def format_duration(hours: float) -> str:
    """Write hours as the shortest text that reads back to the same number."""
    numbers = {unit: _plain(hours / HOURS_PER_UNIT[unit]) for unit in ("h", "d", "min", "s")}
    texts = [
        f"{numbers[unit]}{unit}" for unit in sorted(numbers, key=lambda unit: len(numbers[unit]))
    ]
    exact = [text for text in texts if _reads_back(parse_duration, text, hours)]
    return exact[0] if exact else f"{_in_full(hours)}h"


def format_rate(per_hour: float) -> str:
    """Write a rate per hour as text that reads back to the same number."""
    numbers = {unit: _plain(per_hour * HOURS_PER_UNIT[unit]) for unit in ("d", "h", "w")}
    texts = [
        f"{numbers[unit]}/{unit}" for unit in sorted(numbers, key=lambda unit: len(numbers[unit]))
    ]
    exact = [text for text in texts if _reads_back(parse_rate, text, per_hour)]
    return exact[0] if exact else f"{_in_full(per_hour)}/h"


class HoursFloat(float):
    """Hours that came from a duration text; tells a parsed value from a bare number."""


class PerHourFloat(float):
    """A rate per hour that came from a rate text."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(number: float) -> str:
    text = f"{number:.10g}"
    return format(Decimal(text), "f") if "e" in text and "n" not in text else text


def _finite(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        raise ValueError("is too large a number") from None


def _in_full(number: float) -> str:
    return format(Decimal(repr(float(number))), "f")


def _reads_back(parse: Callable[[str], float], text: str, number: float) -> bool:
    return parse(text) == number


Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "unit": "duration",
            "pattern": DURATION_PATTERN,
            "patternErrorMessage": _DURATION_HELP,
            "examples": ["6h", "1.2d"],
        }
    ),
]
Rate = Annotated[
    float,
    BeforeValidator(parse_rate),
    PlainSerializer(format_rate, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "unit": "per day",
            "pattern": RATE_PATTERN,
            "patternErrorMessage": _RATE_HELP,
            "examples": ["0.5/d"],
        }
    ),
]
LocalTime = Annotated[
    datetime,
    BeforeValidator(parse_local_time),
    PlainSerializer(format_local_time, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["2022-08-30T13:30"]}),
]
