"""A bound on what is kept to be used again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Bounded(Generic[Key, Value]):
    """Keeps what was made while it fits; when it does not, chance says what goes.

    Several threads may use it at once.

    The points of a design come up in turn, again and again. To drop the oldest would then drop
    each just before it is wanted; chance keeps as large a share of them as fits.

    Parameters
    ----------
    make : callable
        Makes the value of a key.
    most : float
        What fits, in the unit of `weigh`.
    weigh : callable, optional
        How much room a value takes; by default each takes 1.
    """

    def __init__(
        self,
        make: Callable[[Key], Value],
        most: float,
        weigh: Callable[[Value], float] = lambda _: 1.0,
    ) -> None:
        self._make, self._most, self._weigh = make, most, weigh
        self._held: dict[Key, Value] = {}
        self._keys: list[Key] = []
        self._room = most
        self._dice = 0
        self._changing = threading.Lock()

    def __call__(self, key: Key) -> Value:
        """Give the value of a key, made now or before."""
        with self._changing:
            if key in self._held:
                return self._held[key]
        value = self._make(key)
        with self._changing:
            return self._held[key] if key in self._held else self._keep(key, value)

    def _keep(self, key: Key, value: Value) -> Value:
        weight = self._weigh(value)
        while self._keys and self._room < weight:
            self._dice = (1103515245 * self._dice + 12345) % 2**31  # no draw of the model
            place = self._dice * len(self._keys) >> 31
            self._keys[place], self._keys[-1] = self._keys[-1], self._keys[place]
            self._room += self._weigh(self._held.pop(self._keys.pop()))
        self._held[key] = value
        self._keys.append(key)
        self._room -= weight
        return value

    def clear(self) -> None:
        """Keep nothing."""
        with self._changing:
            self._held.clear()
            self._keys.clear()
            self._room = self._most
