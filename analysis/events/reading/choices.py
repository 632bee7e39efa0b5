"""What the reader of an event table chose for its user, one line each, with the other option."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import pandas as pd

CHOICES = ("about", "choice", "why", "otherwise")


@dataclass(frozen=True)
class Choice:
    """One choice: what it is about, what was taken, why, and the option that decides otherwise."""

    about: str
    choice: str
    why: str = ""
    otherwise: str = ""

    def __str__(self) -> str:
        reason = f" ({self.why})" if self.why else ""
        other = f"; {self.otherwise}" if self.otherwise else ""
        return f"{self.about}: {self.choice}{reason}{other}"


def listed(choices: Iterable[Choice]) -> pd.DataFrame:
    """Put choices into a table that is stored beside a result."""
    return pd.DataFrame([astuple(each) for each in choices], columns=list(CHOICES))


def option(key: str, value: str = "NAME") -> str:
    """Write the option that decides one key of the mapping file."""
    text = f"{key}={value}"
    plain = all(letter.isalnum() or letter in "=./_-%:" for letter in text)
    return f"--read {text}" if plain else f'--read "{text}"'


def few(names: Iterable[str], most: int = 6) -> str:
    """List some names, and how many more there are."""
    known = list(names)
    rest = len(known) - most
    return ", ".join(known[:most]) + (f" and {rest:,} more" if rest > 0 else "")
