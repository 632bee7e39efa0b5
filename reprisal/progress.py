"""Live progress of a batch on standard error: a bar on a terminal, plain lines on a pipe."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from reprisal.wording import count, duration, rate, say

if TYPE_CHECKING:
    from sim.batch import Progress

LINE_EVERY = 5.0
STARTING = "starting workers"
PREPARING = "slow while the model compiles (a minute or two, once)"

Show = Callable[["Progress"], None]


class Countdown:
    """Says in plain lines, rarer the longer it takes, how far work of one process is."""

    def __init__(self, noun: str) -> None:
        self._noun, self._begun, self._due = noun, time.monotonic(), LINE_EVERY

    def __call__(self, done: int, total: int) -> None:
        """Say that so much is done, if it is time to, and at the end."""
        elapsed = time.monotonic() - self._begun
        if done < total and elapsed < self._due:
            return
        self._due = elapsed + _pause(elapsed)
        left = f", {duration(elapsed / done * (total - done))} left" if done < total else ""
        say(f"{done:,} of {count(total, self._noun)}{left}")


def line(state: Progress) -> str:
    """Say in one line how far a batch is."""
    ended = state.done + state.failed
    return f"{ended:,} of {count(state.total, 'run')}, {_pace(state)}, {state.failed:,} failed"


@contextmanager
def show_progress(total: int, stream: TextIO | None = None) -> Iterator[Show]:
    """Show a batch while it goes on."""
    stream = sys.stderr if stream is None else stream
    if stream is None:  # closed
        yield lambda _: None
        return
    draws = stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}
    if not draws:
        yield _lines(stream)
        return
    with _bar(total, stream) as show:
        yield show


def _lines(stream: TextIO) -> Show:
    due = LINE_EVERY
    shown = (False, False, False)
    last = ""

    def show(state: Progress) -> None:
        nonlocal due, shown, last
        stage = (state.preparing, state.stopping, state.done + state.failed == state.total)
        text = line(state)
        if text != last and (stage != shown or state.elapsed >= due):
            due, shown, last = state.elapsed + _pause(state.elapsed), stage, text
            # A batch does not end because its progress cannot be shown.
            with suppress(OSError, ValueError):
                print(text, file=stream, flush=True)

    return show


def _pause(elapsed: float) -> float:
    """How long to wait with the next line [s]: what takes long says less."""
    return max(LINE_EVERY, elapsed / 4)


@contextmanager
def _bar(total: int, stream: TextIO) -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    pace, failed = TextColumn("{task.fields[pace]},"), TextColumn("{task.fields[failed]}")
    console = Console(file=stream)
    with Bar(BarColumn(), MofNCompleteColumn(), pace, failed, console=console) as bar:
        task = bar.add_task("runs", total=total, pace=STARTING, failed="0 failed")

        def show(state: Progress) -> None:
            failed = f"[bold red]{state.failed:,} failed[/]" if state.failed else "0 failed"
            ended = state.done + state.failed
            bar.update(task, completed=ended, pace=_pace(state), failed=failed)

        yield show


def _pace(state: Progress) -> str:
    pace = STARTING if state.rate is None else rate(state.rate)
    if state.preparing:
        pace = PREPARING
    if state.stopping and state.active:
        return f"{pace}, stopping after {count(state.active, 'run')}, Ctrl-C again drops them"
    if state.stopping:
        return f"{pace}, stopping"
    return f"{pace}, {duration(state.eta)} left" if state.eta else pace
