"""The libraries of the extra `events`, and what is said where they are not installed."""

from __future__ import annotations

from importlib.util import find_spec

LIBRARIES = {"sklearn": "scikit-learn", "threadpoolctl": "threadpoolctl"}


class MissingPackage(ImportError):  # noqa: N818 - read as the message it is
    """A library of the extra `events` that is not installed."""


def need(what: str) -> None:
    """Refuse what cannot be done without the extra `events`."""
    absent = [package for name, package in LIBRARIES.items() if find_spec(name) is None]
    if absent:
        raise MissingPackage(
            f"{what} needs the extra 'events' (not installed: {', '.join(absent)}):"
            " in a clone, pip install '.[events]'"
        )
