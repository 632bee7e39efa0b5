"""The command line ``reprisal``, and ``reprisal.run`` for Python.

Everything that they do is a function of ``sim`` or ``analysis``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reprisal.calls import run as run

__all__ = ["run"]


def __getattr__(name: str) -> Any:
    if name != "run":
        raise AttributeError(f"module 'reprisal' has no attribute {name!r}")
    from reprisal.calls import run

    return run
