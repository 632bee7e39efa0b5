"""Attributes whose values lie in the records of a run."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, TypeVar

from sim.step.declare import Record

Class = TypeVar("Class", bound=type)
ALLOWED: dict[str, tuple[Any, str]] = {
    "?": (bool, "True or False"),
    "i8": (Integral, "a whole number"),
    "f8": (Real, "a number"),
}


class Attribute:
    """An attribute that is a field of the agent's record.

    Parameters
    ----------
    name : str
        The field.
    kind : str
        Its numpy type.
    meaning : str
        What it means.
    """

    def __init__(self, name: str, kind: str, meaning: str) -> None:
        self.name, self.kind, self.__doc__ = name, kind, meaning

    def __get__(self, agent: Any, _owner: Any = None) -> Any:
        """Read the field."""
        return self if agent is None else getattr(agent.record, self.name)

    def __set__(self, agent: Any, value: Any) -> None:
        """Write the field, after a look at the kind of value."""
        allowed, words = ALLOWED[self.kind]
        if not isinstance(value, allowed) or (allowed is not bool and isinstance(value, bool)):
            raise TypeError(f"{self.name} of {agent!r} is {words}, got {value!r}")
        if value < 0 and "[persons]" in (self.__doc__ or ""):
            raise ValueError(f"{self.name} of {agent!r} is 0 or more persons, got {value!r}")
        setattr(agent.record, self.name, value)


def holds(record: type[Record], *, but: tuple[str, ...] = ()) -> Callable[[Class], Class]:
    """Give a class the fields of a record as attributes, but those that it has a word for."""

    def give(kind: Class) -> Class:
        for name, field in record.fields.items():
            if name not in vars(kind) and name not in but:
                setattr(kind, name, Attribute(name, field.kind, field.meaning))
        return kind

    return give
