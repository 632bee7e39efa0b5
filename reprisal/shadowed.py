"""Says in one line when a file or folder of the user hides one of Reprisal's packages."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("sim", "analysis")
_TOP = Path(__file__).resolve().parents[1]
_WHY = (
    "Reprisal has a package called '{0}', and Python finds yours first. Rename yours, or type"
    " 'reprisal' in place of 'python -m reprisal' and keep its folder out of PYTHONPATH."
)


def shadow() -> str:
    """Say what hides a package of Reprisal; empty if nothing does. Nothing is imported."""
    for name in PACKAGES:
        file = _place(name)
        if file is not None and file != _TOP / name / "__init__.py":
            return f"{_shown(file)} is in the way: {_WHY.format(name)}"
    return ""


def _place(name: str) -> Path | None:
    """Give the file of a package; None for a folder without code, which hides nothing."""
    try:
        spec = find_spec(name)
    except ValueError:  # it is imported already, and says nothing of its file
        return Path(name)
    return Path(spec.origin).resolve() if spec is not None and spec.origin else None


def _shown(file: Path) -> str:
    """Name a module's file, or its folder for a package, from here where it is below."""
    place = file.parent if file.name == "__init__.py" else file
    near = os.path.relpath(place)
    return str(place) if near.startswith(os.pardir) else f"{near}{os.sep if place != file else ''}"
