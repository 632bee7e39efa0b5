"""How counts, times, tables and failures are written on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sim.store.failures import Failure


def count(number: int, noun: str) -> str:
    """Write a count with its noun.

    Parameters
    ----------
    number : int
        Zero or more.
    noun : str
        In the singular.

    Returns
    -------
    str
        Such as ``"1 run"`` or ``"1,200 runs"``.
    """
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def duration(seconds: float) -> str:
    """Write a length of time with the two largest units that matter.

    Parameters
    ----------
    seconds : float
        Zero or more.

    Returns
    -------
    str
        Such as ``"0.4 s"``, ``"12 s"``, ``"3 min 05 s"`` or ``"2 h 10 min"``.
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def rate(per_second: float) -> str:
    """Write how many runs finish per unit of time.

    Parameters
    ----------
    per_second : float
        Runs per second.

    Returns
    -------
    str
        Per second, or per minute when that is below one per second.
    """
    if per_second >= 1:
        return f"{per_second:.1f} runs/s"
    return f"{per_second * 60:.1f} runs/min"


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set words in columns, the first flush left and the others flush right.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    rows : sequence of sequence of str
        One word for each column.

    Returns
    -------
    str
        A line for the head and for each row, without line break at the end.
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for row in (head, *rows):
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(word.rjust(width) for word, width in others)]
        lines.append("  ".join(cells))
    return "\n".join(lines)


def failure_list(failures: Sequence[Failure]) -> str:
    """Say which runs failed, why, and how to repeat each alone.

    Parameters
    ----------
    failures : sequence of Failure
        As stored.

    Returns
    -------
    str
        Two lines for each.
    """
    return "\n".join(
        f"{failure.scenario} replicate {failure.replicate}: {failure.error}: {failure.message}\n"
        f"  repeat it alone: {failure.command}"
        for failure in failures
    )


def say(text: str) -> None:
    """Tell the user something on standard error; standard output is for results.

    Parameters
    ----------
    text : str
        One or more lines.
    """
    typer.echo(_harmless(text), err=True)


def tell(text: str) -> None:
    """Write a result on standard output.

    Parameters
    ----------
    text : str
        One or more lines.
    """
    typer.echo(_harmless(text))


def _harmless(text: str) -> str:
    """Escape what could move the cursor or turn the direction; it may come from any file."""
    lines = text.split("\n")
    if all(line.isprintable() for line in lines):
        return text
    from sim.scenario.problems import one_line

    return "\n".join(one_line(line.replace("\t", "    ")) for line in lines)
