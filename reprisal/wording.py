"""How counts, times, tables and failures are written on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sim.store.failures import Failure


def count(number: int, noun: str) -> str:
    """Write a count with its noun."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def duration(seconds: float) -> str:
    """Write a length of time with the two largest units that matter."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def rate(per_second: float) -> str:
    """Write how many runs finish per unit of time."""
    if per_second >= 1:
        return f"{per_second:.1f} runs/s"
    return f"{per_second * 60:.1f} runs/min"


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set words in columns, the first flush left and the others flush right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for row in (head, *rows):
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(word.rjust(width) for word, width in others)]
        lines.append("  ".join(cells))
    return "\n".join(lines)


def failure_list(failures: Sequence[Failure]) -> str:
    """Say which runs failed, why, and how to repeat each alone."""
    return "\n".join(
        f"{failure.scenario} replicate {failure.replicate}: {failure.error}: {failure.message}\n"
        f"  repeat it alone: {failure.command}"
        for failure in failures
    )


def say(text: str) -> None:
    """Tell the user something on standard error; standard output is for results.

    Nothing ends because nobody can be told.
    """
    with suppress(OSError, ValueError):
        typer.echo(harmless(text), err=True)


def tell(text: str) -> None:
    """Write a result on standard output."""
    typer.echo(harmless(text))


def harmless(text: str) -> str:
    """Escape what could move the cursor or turn the direction; it may come from any file."""
    lines = text.split("\n")
    if all(line.isprintable() for line in lines):
        return text
    from sim.scenario.problems import one_line

    return "\n".join(one_line(line.replace("\t", "    ")) for line in lines)
