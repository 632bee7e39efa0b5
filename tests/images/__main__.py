"""Make the pictures anew: ``python -m tests.images`` for all, with names for some."""

from __future__ import annotations

import json
import sys

from tests.images import BASELINE, MADE_WITH, other_versions, versions, write
from tests.images.figures import FIGURES


def main(chosen: list[str]) -> None:
    """Write pictures, drop those of figures that are gone, and note the versions."""
    unknown = sorted(set(chosen) - set(FIGURES))
    if unknown:
        sys.exit(f"no figure {unknown[0]!r}; there are {', '.join(FIGURES)}")
    if chosen and other_versions():
        sys.exit(f"some were {other_versions()}: make all of them anew")
    BASELINE.mkdir(exist_ok=True)
    for name in chosen or FIGURES:
        write(FIGURES[name](), BASELINE / f"{name}.png")
        print(BASELINE / f"{name}.png")
    for path in BASELINE.glob("*.png"):
        if path.stem not in FIGURES:
            path.unlink()
    MADE_WITH.write_text(json.dumps(versions(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
