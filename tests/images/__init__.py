"""One picture of each kind of figure, from small made-up data, and the pictures they must equal."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib as mpl
from matplotlib import ft2font
from matplotlib.figure import Figure

from analysis import style
from analysis.drawing import bitmap

BASELINE = Path(__file__).parent / "baseline"
MADE_WITH = BASELINE / "made-with.json"
DPI = 60
TOLERANCE = 0.3  # root mean square over all pixels and channels, of 255


def versions() -> dict[str, str]:
    """What decides where a pixel of text falls."""
    return {"matplotlib": mpl.__version__, "FreeType": ft2font.__freetype_version__}


def other_versions() -> str:
    """Say in what way this is not the place where the pictures were made; empty where it is."""
    made = json.loads(MADE_WITH.read_text(encoding="utf-8")) if MADE_WITH.is_file() else {}
    return ", ".join(
        f"made with {name} {made.get(name, 'unknown')}, here is {here}"
        for name, here in versions().items()
        if made.get(name) != here
    )


def write(figure: Figure, path: Path) -> None:
    """Write a page as all pages are written, but small."""
    with style.context():
        bitmap(figure, DPI).save(path)
