"""What travels between a batch and those who run its blocks: tasks and short messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sim.store.blocks import Block

Replicates = tuple[int, ...]


class Key(NamedTuple):
    """A block of one scenario."""

    scenario: str
    block: Block


@dataclass(frozen=True)
class Task:
    """Runs to do and to store: replicates of one block, ascending."""

    key: Key
    replicates: Sequence[int]


@dataclass(frozen=True)
class Began:
    """These replicates are being simulated; the ones before have been."""

    replicates: Replicates


@dataclass(frozen=True)
class Finished:
    """These replicates have been simulated; they are not stored yet."""

    replicates: Replicates


@dataclass(frozen=True)
class Raised:
    """A run that ended with an exception."""

    replicate: int
    error: str
    message: str
    traceback: str


@dataclass(frozen=True)
class Stored:
    """These replicates are in the results folder."""

    replicates: Replicates


@dataclass(frozen=True)
class GaveUp:
    """The task cannot be done, nor can any other.

    ``unwritable`` tells that the system refused to write the results folder.
    """

    message: str
    unwritable: bool = False


@dataclass(frozen=True)
class Ended:
    """The task is over; what was neither stored nor raised was not begun, or dropped."""


@dataclass(frozen=True)
class Died:
    """Whoever did the task is gone; ``how`` says in which way."""

    how: str


Message = Began | Finished | Raised | Stored | GaveUp | Ended
News = Message | Died
