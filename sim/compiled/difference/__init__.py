"""Where the Mesa and the compiled engine part, if they do."""

from __future__ import annotations

from sim.compiled.difference.walk import Difference, difference

__all__ = ["Difference", "difference"]
