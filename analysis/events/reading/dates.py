"""Read dates and times of day in the forms that people write, one order of day and month for all.

A date that can be read in one way only (year first, month by name) needs nothing. Where the day
and the month are numbers, one order must fit every row: then it is taken, and said. Where several
fit, nothing is guessed, unless a kind of table always has the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from sim.units import FIRST_YEAR, LAST_YEAR

DMY, MDY, YMD = "DMY", "MDY", "YMD"
ORDERS = (DMY, MDY, YMD)
EXCEL, EPOCH = "excel", "epoch"
HELP = "a date such as 2022-08-29 or 29 August 2022, with or without a time such as 14:30"
_WORDS = {DMY: "day first", MDY: "month first", YMD: "year first"}
_CENTURY = 69
_MONTHS = (
    "january jan januar janvier enero janeiro ene kanun",
    "february feb februar fevrier fev febrero fevereiro",
    "march mar maerz marz mars marzo marco mrz",
    "april apr avril avr abril abr",
    "may mai mayo maio",
    "june jun juni juin junio junho",
    "july jul juli juillet juil julio julho",
    "august aug aout agosto ago",
    "september sept sep septembre septiembre setembro set",
    "october oct oktober okt octobre octubre outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dezembro dic",
)
_MONTH = {word: number for number, row in enumerate(_MONTHS, 1) for word in row.split()}
_SKIPPED = {
    "st", "nd", "rd", "th", "of", "the", "de", "del", "le", "el", "um", "den", "at",
    *["mon", "tue", "wed", "thu", "fri", "sat", "sun", "tues", "thur", "thurs"],
    *["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
}  # fmt: skip
_NUMBERS = re.compile(r"(\d{1,4})\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{1,4})\.?")
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")
_SIX = re.compile(r"((?:19|20)\d{2})(0[1-9]|1[0-2])")
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?")
_CLOCK = re.compile(
    r"(?:^|[T\s,])(\d{1,2})(?:[:h](\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*([ap]\.?m\.?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*(?:h|hrs?|hours|uhr)?\s*$",
    re.IGNORECASE,
)
_FOUR = re.compile(r"(\d{1,2})(\d{2})")
_TOKENS = {"YYYY": "Y", "YY": "Y", "DD": "D", "D": "D", "MM": "M", "M": "M"}
_NAMED = {"MMM", "MMMM"}


class DateError(ValueError):
    """A text that is no date in any form that is known."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A date with or without a time of day; ``coarse`` where only the month or year is known."""

    when: datetime
    coarse: bool = False
    clock: bool = False


@dataclass(frozen=True)
class Times:
    """The moments of a column, with what was said to be its form.

    ``moments`` has None for a text without a reading, and ``form`` describes how the column was
    read. ``orders`` are those that fit every row in different ways: more than one where none was
    chosen. ``fits`` counts the rows that each order of day and month fits; ``mixed`` tells that
    some rows need one order and some another.
    """

    moments: list[Moment | None]
    form: str = ""
    orders: tuple[str, ...] = ()
    fits: dict[str, int] = field(default_factory=dict)
    mixed: bool = False
    guessed: bool = False
    usual: bool = False
    two_digits: bool = False


def read(texts: Sequence[str | None], asked: str | None = None, usual: str = "") -> Times:
    """Read a column of dates.

    Parameters
    ----------
    texts : sequence of str or None
        The cells, stripped; None for an empty one.
    asked : str, optional
        The form, as `mapping.Reading.dates` has it.
    usual : str
        The order that this kind of table always has, where more than one fits.
    """
    known = {text for text in texts if text is not None}
    if asked:
        reader = asked_reader(asked)
        found = {text: _maybe(reader, text) for text in known}
        return Times([found.get(text) if text else None for text in texts], asked)
    if special := _special(known):
        found = {text: _maybe(_NUMERIC[special], text) for text in known}
        return Times([found.get(text) if text else None for text in texts], special, guessed=True)
    return _in_one_order(texts, known, usual)


def _in_one_order(texts: Sequence[str | None], known: set[str], usual: str) -> Times:
    certain: dict[str, Moment | None] = {}
    open_texts: dict[str, dict[str, Moment]] = {}
    for text in known:
        plain = _plain(text)
        day, clock = _parted(plain)
        if _is_open(day):
            open_texts[text] = _by_order(day, clock)
        else:
            certain[text] = _maybe(_certain, plain)
    if not open_texts:
        return Times([certain.get(text) if text else None for text in texts])
    rows = [text for text in texts if text in open_texts]
    fits = {order: sum(order in open_texts[text] for text in rows) for order in ORDERS}
    best = [order for order in ORDERS if fits[order] == max(fits.values())]
    different = any(
        len({open_texts[text][order].when for order in best if order in open_texts[text]}) > 1
        for text in open_texts
    )
    order = usual if usual in best else best[0]
    need = {next(iter(ways)) for ways in open_texts.values() if len(ways) == 1}
    example = next((text for text in rows if order in open_texts[text]), rows[0])
    found = certain | {text: ways.get(order) for text, ways in open_texts.items()}
    undecided = different and len(best) > 1
    return Times(
        [found.get(text) if text else None for text in texts],
        form=shown(order, example),
        orders=tuple(shown(each, example) for each in best) if undecided else (),
        fits={shown(each, example): number for each, number in fits.items() if number},
        mixed=len(need) > 1,
        guessed=True,
        usual=undecided and usual in best,
        two_digits=not re.search(r"\d{4}", _parted(_plain(example))[0]),
    )


def shown(order: str, example: str) -> str:
    """Write an order as a form, with the mark that stands between numbers in an example."""
    day, _ = _parted(_plain(example))
    mark = next((letter for letter in day if letter in "-/. "), "/")
    long = bool(re.search(r"\d{4}", day))
    parts = {"D": "DD", "M": "MM", "Y": "YYYY" if long else "YY"}
    return mark.join(parts[letter] for letter in order)


def worded(form: str) -> str:
    """Say what a form means."""
    return next((_WORDS[order] for order in ORDERS if _order_of(form) == order), "")


def asked_reader(asked: str) -> Callable[[str], Moment]:
    """Make the reader of a form that was asked for; DateError where there is no such form."""
    if asked in _NUMERIC:
        return _NUMERIC[asked]
    if "%" in asked:
        return lambda text: _written(text, asked)
    order = _order_of(asked)
    if order:
        return lambda text: _ordered(text, order)
    if set(re.findall("[A-Za-z]+", asked.partition(" hh")[0])) & _NAMED:
        return lambda text: _certain(_plain(text))
    raise DateError(
        "is no form of dates; write one such as DD/MM/YYYY, MM/DD/YY, DD MMM YYYY, excel, epoch"
        " or %d.%m.%Y"
    )


def _order_of(form: str) -> str:
    """Find the order of day, month and year in a form, if it has all three."""
    letters = [_TOKENS.get(token, "") for token in re.findall("Y+|M+|D+", form)]
    order = "".join(letters[:3])
    return order if order in ORDERS else ""


def is_clock(text: str) -> bool:
    """Tell whether a text is a time of day and no date."""
    plain = _plain(text)
    found = _CLOCK.match(plain)
    clear = found and found.start() == 0 and (found.group(2) or found.group(5))
    hour = plain.isdigit() and len(plain) <= 2 and int(plain) <= 24
    return bool((clear or hour or _FOUR.fullmatch(plain)) and _clock_of(plain))


def is_date(text: str) -> bool:
    """Tell whether a text may be a date, in whatever form."""
    plain = _plain(text)
    day, hours = _parted(plain)
    if _is_open(day):
        return bool(_by_order(day, hours))
    return bool(_special({plain}) or _maybe(_certain, plain))


def at_clock(moment: Moment, text: str) -> Moment:
    """Put a time of day from a column of its own to a date; ValueError where it is none."""
    found = _clock_of(_plain(text))
    if found is None:
        raise DateError("is no time of day")
    hour, over = found
    return Moment(datetime.combine(moment.when, hour) + over, moment.coarse, clock=True)


def from_parts(year: str, month: str | None, day: str | None) -> Moment:
    """Make a date of the cells of three columns; a day or month of 0 is not known."""
    numbers = [_whole(year), _month(month), _whole(day)]
    if numbers[0] <= 0:
        raise DateError("is no year")
    return _moment(numbers[0], max(numbers[1], 0), max(numbers[2], 0))


def _whole(text: str | None) -> int:
    if text is None or not text.strip():
        return 0
    number = float(_plain(text))
    if number != int(number):
        raise DateError("is no whole number")
    return int(number)


def _month(text: str | None) -> int:
    if text and (named := _MONTH.get(_bare(text))):
        return named
    return _whole(text)


def _maybe(reader: Callable[[str], Moment], text: str) -> Moment | None:
    try:
        found = reader(text)
    except (ValueError, OverflowError):
        return None
    return found if FIRST_YEAR <= found.when.year <= LAST_YEAR else None


def _plain(text: str) -> str:
    """Write digits of any script as 0 to 9, and marks of direction away."""
    if text.isascii():
        return text.strip()
    letters = (letter for letter in text if unicodedata.category(letter) != "Cf")
    plain = "".join(str(unicodedata.digit(x)) if x.isdigit() else x for x in letters)
    return plain.replace("\N{NO-BREAK SPACE}", " ").strip()


def _bare(word: str) -> str:
    """Write a word without accents, case or a stop."""
    parts = unicodedata.normalize("NFKD", word.strip().rstrip(".").casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _parted(plain: str) -> tuple[str, str]:
    """Part a text into a date and a time of day."""
    found = _CLOCK.search(plain)
    if found and found.start() > 0 and (found.group(2) or found.group(5)):
        return plain[: found.start()].strip(" ,T"), plain[found.start() :]
    return plain, ""


def _clock_of(text: str) -> tuple[time, timedelta] | None:
    """Read a time of day, and how many days later it is."""
    four = _FOUR.fullmatch(text)
    found = None if four else _CLOCK.match(text)
    if not (four or found):
        return None
    hour, minute = (int(part) for part in four.groups()) if four else (0, 0)
    second = micro = 0
    zone: tzinfo | None = None
    if found:
        hour, minute, second = (int(found.group(n) or 0) for n in (1, 2, 3))
        micro = int((found.group(4) or "").ljust(6, "0")[:6])
        half = (found.group(5) or "").lower()
        if half and not 1 <= hour <= 12:
            return None
        if half:
            hour = hour % 12 + (12 if half.startswith("p") else 0)
        zone = _zone(found.group(6))
    over = timedelta(days=1) if (hour, minute, second) == (24, 0, 0) else timedelta()
    with suppress(ValueError):
        return time(0 if over else hour, minute, second, micro, tzinfo=zone), over
    return None


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if text[0] == "-" else away)


def _is_open(day: str) -> bool:
    """Tell whether the order of day and month of a date is open."""
    found = _NUMBERS.fullmatch(day)
    return bool(found and len(found.group(1)) < 3)


def _by_order(day: str, hours: str) -> dict[str, Moment]:
    ways = {}
    for order in ORDERS:
        found = _maybe(lambda text, order=order: _ordered_parts(text, hours, order), day)  # type: ignore[misc]
        if found is not None and not _is_to_come(found, day):
            ways[order] = found
    return ways


def _is_to_come(moment: Moment, day: str) -> bool:
    """Tell a year of two digits that cannot be one, since nothing has happened then."""
    later = moment.when.replace(tzinfo=None) > datetime.now() + timedelta(days=2)
    return later and not re.search(r"\d{4}", day)


def _ordered(text: str, order: str) -> Moment:
    """Read a date in one order; one that can be read in one way only is read in that one."""
    plain = _plain(text)
    day, hours = _parted(plain)
    return _ordered_parts(day, hours, order) if _is_open(day) else _certain(plain)


def _ordered_parts(day: str, hours: str, order: str) -> Moment:
    found = _NUMBERS.fullmatch(day)
    if found is None:
        raise DateError("is no date that can be read")
    parts = dict(zip(order, found.groups(), strict=True))
    if len(parts["Y"]) in (1, 3) or any(len(parts[letter]) > 2 for letter in "DM"):
        raise DateError("is no date that can be read")
    year = _year(parts["Y"])
    return _with_clock(_moment(year, int(parts["M"]), int(parts["D"])), hours)


def _year(text: str) -> int:
    year = int(text)
    if len(text) == 2:
        return year + (1900 if year >= _CENTURY else 2000)
    return year


def _moment(year: int, month: int, day: int) -> Moment:
    coarse = month == 0 or day == 0
    return Moment(datetime(year, month or 1, day or 1), coarse)


def _with_clock(moment: Moment, text: str) -> Moment:
    return at_clock(moment, text.strip(" ,Tt")) if text else moment


def _certain(plain: str) -> Moment:
    """Read a date that can be read in one way only."""
    with suppress(ValueError):
        found = datetime.fromisoformat(plain)
        if FIRST_YEAR <= found.year <= LAST_YEAR:
            return Moment(found, clock=":" in plain or len(plain) > 10)
    day, hours = _parted(plain)
    if eight := _EIGHT.fullmatch(day):
        return _with_clock(_moment(*map(int, eight.groups())), hours)
    if numbers := _NUMBERS.fullmatch(day):
        return _with_clock(_moment(*map(int, numbers.groups())), hours)
    if month := _YEAR_MONTH.fullmatch(day) or _SIX.fullmatch(day):
        year, number = (part for part in month.groups() if part)
        if len(year) < 4:
            year, number = number, year
        return _moment(int(year), int(number), 0)
    return _with_clock(_named(day), hours)


def _named(day: str) -> Moment:
    """Read a date whose month is a word, such as 03jan2017 or Aug 29, 2022."""
    words = [_bare(word) for word in re.findall(r"[^\W\d_]+", day)]
    words = [word for word in words if word not in _SKIPPED]
    numbers = re.findall(r"\d+", day)
    if len(words) != 1 or words[0] not in _MONTH:
        raise DateError("is no date that can be read")
    month = _MONTH[words[0]]
    if len(numbers) == 1 and len(numbers[0]) == 4:
        return _moment(int(numbers[0]), month, 0)
    if len(numbers) != 2:
        raise DateError("is no date that can be read")
    first, last = numbers
    if len(first) == 4:
        first, last = last, first
    return _moment(_year(last), month, int(first))


def _written(text: str, form: str) -> Moment:
    found = datetime.strptime(text.strip(), form)
    return Moment(found, clock=any(mark in form for mark in ("%H", "%I", "%X", "%c", "%T")))


def _special(known: set[str]) -> str:
    """Tell dates that are plain numbers of days or seconds."""
    for name, (low, high) in {EXCEL: (20_000, 60_000), EPOCH: (3e8, 4.2e9)}.items():
        with suppress(ValueError):
            if known and all(low <= float(text) <= high for text in known):
                return name if name == EPOCH or not _all_years(known) else ""
    return ""


def _all_years(known: set[str]) -> bool:
    return all(FIRST_YEAR <= float(text) <= LAST_YEAR for text in known)


def _excel(text: str) -> Moment:
    days = float(text)
    when = datetime.combine(date(1899, 12, 30), time()) + timedelta(days=days)
    return Moment(when.replace(microsecond=0), clock=days != int(days))


def _epoch(text: str) -> Moment:
    seconds = float(text)
    return Moment(
        datetime.fromtimestamp(seconds / (1000 if seconds > 1e11 else 1), UTC), clock=True
    )


_NUMERIC: dict[str, Callable[[str], Moment]] = {EXCEL: _excel, EPOCH: _epoch}
