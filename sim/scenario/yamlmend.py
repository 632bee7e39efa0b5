"""Say what to type where a text is no YAML, in place of what the parser expected."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ruamel.yaml.error import MarkedYAMLError, StringMark

from sim.scenario.problems import colon_meant, one_line

Mend = tuple[int, int, str]

_TWO_COLONS = re.compile(r"\s*(?:- )?(?P<key>[\w.-]+): +(?P<text>[^\"'{\[&*!|>#].*: .*?)\s*")
_SIGNED = re.compile(r"\s*(?:- )?(?P<key>[\w.-]+): +(?P<text>[@%&*!`][^\"]*?)\s*")
_OPENS = re.compile(r"\s*(?:- )?[\w.-]+: +(?P<quote>[\"'])(?P<rest>.*)")
_A_LINE = re.compile(r"\s*[\w-]+(?::[^\s/].*|\s+[^:]*|)")
_KEY_LINE = re.compile(r" *[\w.-]+:(?= |$)")
_FENCE = "```"


def mend(error: MarkedYAMLError, text: str) -> Mend:
    """Find the line and column of what is to be mended; the words are empty for no advice."""
    mark = error.problem_mark or error.context_mark
    lines = text.splitlines() or [""]
    number = min(mark.line, len(lines) - 1)
    for advise in (_not_closed, _sign, _no_colon, _indented):
        found = advise(error, lines, number, error.context_mark or mark)
        if found is not None:
            return found
    return mark.line + 1, mark.column + 1, ""


def _not_closed(
    error: MarkedYAMLError, lines: Sequence[str], number: int, start: StringMark
) -> Mend | None:
    """Find a quote or bracket that is not closed, and what stands wrong inside brackets."""
    opened, context = (start.line + 1, start.column + 1), str(error.context)
    if "quoted scalar" in context:
        return (*opened, "the quote that opens here is not closed")
    if "flow" in context and "stream end" in str(error.problem):
        return (*opened, "the bracket that opens here is not closed")
    if "flow" in context and str(error.problem).startswith("expected ','"):
        if start.line < number and _column(lines[number]) <= _column(lines[start.line]):
            return (*opened, "the bracket that opens here is not closed")
        mark = error.problem_mark
        before = lines[start.line][start.column : mark.column if start.line == number else None]
        if ";" in before:
            return number + 1, mark.column + 1, "entries have a comma between them, not a semicolon"
        if start.line < number:
            return number + 1, mark.column + 1, "a comma is missing before this"
    quote = _left_open(lines[: number + 1])
    return (*quote, "the quote that opens here is not closed in its line") if quote else None


def _sign(error: MarkedYAMLError, lines: Sequence[str], number: int, _: StringMark) -> Mend | None:
    """Find a text that needs quotes, and what marks a block of code on a page."""
    line, column = lines[number], error.problem_mark.column if error.problem_mark else 0
    if line.startswith(_FENCE):
        return number + 1, 1, "leave this line out"
    found = _SIGNED.fullmatch(line)
    if found is None and error.problem == "mapping values are not allowed here":
        found = _TWO_COLONS.fullmatch(line)
    if found is None or found.start("text") > column:
        return None
    quoted = one_line(f'{found["key"]}: "{found["text"]}"')
    return number + 1, column + 1, f"put the text in quotes: {quoted}"


def _no_colon(
    _: MarkedYAMLError, lines: Sequence[str], number: int, start: StringMark
) -> Mend | None:
    for near in {number, start.line, number - 1}:
        if 0 <= near < len(lines) and _A_LINE.fullmatch(lines[near]):
            meant = colon_meant(lines[near].partition(" #")[0])
            if meant:
                return near + 1, _column(lines[near]), meant.removeprefix("; ")
    return None


def _indented(_: MarkedYAMLError, lines: Sequence[str], number: int, __: StringMark) -> Mend | None:
    """Find a key that begins in a column of its own."""
    keys = [line for line in lines[: number + 1] if _KEY_LINE.match(line)]
    if len(keys) < 2 or keys[-1] != lines[number]:
        return None
    column, before = _column(keys[-1]), _column(keys[-2])
    holds_value = bool(_KEY_LINE.sub("", keys[-2]).partition(" #")[0].strip())
    if column > before and holds_value:
        return number + 1, column, f"begin this line in column {before}, as the key above"
    known = sorted({_column(line) for line in keys[:-1] if _column(line) <= before})
    if column < before and column not in known:
        columns = " or ".join(map(str, known))
        return number + 1, column, f"begin this line in a column of the keys above: {columns}"
    return None


def _column(line: str) -> int:
    return len(line) - len(line.lstrip(" ")) + 1


def _left_open(lines: Sequence[str]) -> tuple[int, int] | None:
    """Find a quote that a value opens and that nothing closes before the next value's quote."""
    opened: tuple[int, int] | None = None
    sign = ""
    for number, line in enumerate(lines, start=1):
        found = _OPENS.fullmatch(line)
        if opened is not None and sign in line:
            if found is not None and found["quote"] == sign:
                return opened
            opened = None
        elif opened is None and found is not None and found["quote"] not in found["rest"]:
            opened, sign = (number, found.start("quote") + 1), found["quote"]
    return opened
