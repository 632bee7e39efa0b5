"""One look for all figures: sizes, fonts, and a fixed colour, dash and hatch per scenario.

Colours are those of Okabe and Ito (told apart by colour-blind readers), ordered so that
neighbours also differ in lightness; the dash tells lines apart in grey print.
"""

from __future__ import annotations

import re
import textwrap
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.scale import FuncScale
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import ArrayLike

from analysis import fonts, wording

COLUMN_WIDTH = 3.5
PAGE_WIDTH = 7.2
TEXT_SIZE = 7.0
SMALL_SIZE = 6.0
WIDE_BAND, NARROW_BAND = 0.16, 0.34
GUIDE: Any = {"color": "0.35", "linewidth": 0.6}


class Look(NamedTuple):
    """How one scenario is drawn."""

    colour: str
    dash: Any
    hatch: str
    marker: str


LOOKS = (
    Look("#0072B2", "-", "", "o"),
    Look("#E69F00", (0, (5, 1.5)), "////", "s"),
    Look("#000000", (0, (1, 1)), "....", "^"),
    Look("#CC79A7", (0, (6, 1.5, 1, 1.5)), "\\\\\\\\", "D"),
    Look("#009E73", (0, (3, 1, 1, 1, 1, 1)), "xxxx", "v"),
    Look("#56B4E9", (0, (9, 2)), "----", "P"),
    Look("#D55E00", (0, (2, 2)), "||||", "X"),
    Look("#882255", (0, (7, 1, 3, 1)), "++++", "<"),
)
PER_PAGE = len(LOOKS)
_DRAWING = threading.RLock()
_JOINTS = (
    r"(?<=[ +])",
    r"(?<=[ +,…])|(?<=[_-])(?=[A-Za-z])|(?<=[.])(?=[A-Za-z_])",
    r"(?<=[ +,…=])|(?<=[_-])(?=[A-Za-z])|(?<=[.])(?=[A-Za-z_])",
)

# What says how a machine shows figures, not what they look like.
_MACHINES = ("backend", "interactive", "toolbar", "webagg.", "tk.", "figure.raise", "savefig.dir")

RC: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": [fonts.FAMILY],
    "font.size": TEXT_SIZE,
    "text.parse_math": False,  # a $ in a title or label is a $
    "text.hinting": "none",  # letters are as wide at every resolution, so none is cut off at one
    "axes.titlesize": TEXT_SIZE + 1,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": TEXT_SIZE,
    "xtick.labelsize": SMALL_SIZE + 0.5,
    "ytick.labelsize": SMALL_SIZE + 0.5,
    "legend.fontsize": SMALL_SIZE + 0.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "svg.fonttype": "path",
    "svg.hashsalt": "reprisal",
}


@contextmanager
def context() -> Iterator[None]:
    """Draw with this project's fonts and lines, one thread at a time: Matplotlib's are for all.

    A user's ``matplotlibrc`` does not count: the same results give the same figures.
    """
    looks = [key for key in mpl.rcParamsDefault if not key.startswith(_MACHINES)]
    with _DRAWING, mpl.rc_context({key: mpl.rcParamsDefault[key] for key in looks} | RC):
        yield


def look(place: int) -> Look:
    """Look of the scenario at a place in the list of scenarios.

    The first scenario, the baseline, has a look of its own; the others take turns, so that
    a page of at most `PER_PAGE` scenarios in a row repeats none.
    """
    return LOOKS[0] if place == 0 else LOOKS[1 + (place - 1) % (PER_PAGE - 1)]


def wrap(text: str, width: int, lines: int = 2) -> str:
    """Break a name into lines at words, else at joints, and cut its middle when it is too long.

    The end is kept because variants of one scenario differ there. A number is never broken, and a
    word only where it is longer than a line: more of the middle goes instead.
    """
    room = width * lines
    if lines == 1:
        return text if len(text) <= room else _shortened(text, room)
    for less in range(room, room * 2 // 3, -1):
        shown = text if len(text) <= less else _shortened(text, less)
        for joints in _JOINTS:
            rows = _filled([piece for piece in re.split(joints, shown) if piece], width)
            if len(rows) <= lines and max(map(len, rows)) <= width:
                return "\n".join(row.strip() for row in rows)
    shown = text if len(text) <= room else _shortened(text, room)
    cut = [shown[start : start + width] for start in range(0, len(shown), width)]
    return "\n".join(row.strip() for row in cut)


def _shortened(text: str, room: int) -> str:
    """Cut the middle of a text between words, else at joints, else anywhere, if much is lost."""
    for joints in _JOINTS[:2]:
        pieces, head, tail = re.split(joints, text), "", ""
        while pieces and len(pieces[-1] + tail) <= 2 * room // 3:
            tail = pieces.pop() + tail
        while pieces and len(head + pieces[0] + tail) <= room - 2:
            head += pieces.pop(0)
        if head and tail and len(head + tail) >= 0.7 * room:
            return f"{head}…{' ' if head.endswith(' ') else ''}{tail}"
    kept = room - 1
    return f"{text[: kept // 3]}…{text[len(text) - (kept - kept // 3) :]}"


def _filled(pieces: Sequence[str], width: int) -> list[str]:
    """Put pieces of a text on as few rows as they need."""
    rows = [""]
    for piece in pieces:
        if rows[-1] and len(rows[-1]) + len(piece.rstrip()) > width:
            rows.append("")
        rows[-1] += piece
    return [row.strip() for row in rows]


def fitted(text: str, room: float, size: float, weight: str = "normal") -> list[str]:
    """Break a text into lines that are no wider than a room, in points, as the font draws them."""
    rest, lines = " ".join(text.split()), []
    most = max(1, int(room / (0.519 * size)))
    while rest:
        lines.append(
            next(
                line
                for characters in range(most, 0, -1)
                for line in textwrap.wrap(rest, characters)[:1]
                if characters < 10 or wide(line, size, weight) <= room
            )
        )
        rest = rest[len(lines[-1]) :].lstrip()
    return lines


def fitting(text: str, room: float, size: float) -> str:
    """Cut the middle of a name that is wider than a room, in points, as the font draws it."""
    for characters in range(len(text), 8, -2):
        shown = wrap(text, characters, lines=1)
        if wide(shown, size) <= room:
            return shown
    return wrap(text, 8, lines=1)


def wide(line: str, size: float, weight: str = "normal") -> float:
    """Measure a line of text as the font draws it, in points."""
    font = FontProperties(size=size, weight=weight)
    return float(
        text_to_path.get_text_width_height_descent(fonts.measurable(line), font, ismath=False)[0]
    )


def name_rows(ax: Axes, names: Sequence[str], lines: bool = True) -> None:
    """Give an Axes one named row per place from 0 at the top, with grid lines for values."""
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(names) - 0.4, -0.6)
    if lines:
        ax.spines["left"].set_visible(False)
        ax.grid(axis="x", color="0.9", linewidth=0.5)


def parameter_rows(ax: Axes, labels: Sequence[str], below: float) -> None:
    """Make a panel of one row for each parameter, the first at 0 and the others below it."""
    ax.set_yticks(range(0, -len(labels), -1), [wrap(each, 28) for each in labels])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-len(labels) + 1 - below, 0.6)


def reach(value: float, low: float, high: float) -> list[list[float]]:
    """Give the arms of an error bar; an estimate beside its interval has one of length 0."""
    return [[max(0.0, value - low)], [max(0.0, high - value)]]


def heavy_tailed(values: ArrayLike) -> bool:
    """Whether counts reach so far beyond their bulk that a linear axis would hide it."""
    sample = np.asarray(values, dtype=float)
    sample = sample[np.isfinite(sample)]
    if sample.size == 0 or sample.max() < 20:
        return False
    return bool(sample.max() > 6 * max(1.0, float(np.quantile(sample, 0.75))))


def compress(ax: Axes, axis: str, top: float) -> None:
    """Give an axis of counts the scale log(1 + x), which shows zero and a long tail alike."""
    target = ax.xaxis if axis == "x" else ax.yaxis
    scale = FuncScale(target, functions=(_squeeze, np.expm1))
    (ax.set_xscale if axis == "x" else ax.set_yscale)(scale)
    target.set_major_locator(FixedLocator(marks(top * 1.01)))
    target.set_minor_locator(NullLocator())
    target.set_major_formatter(FuncFormatter(lambda value, _: wording.count(value)))


def marks(top: float) -> list[float]:
    """Give the round numbers from 0 to an end that a scale log(1 + x) shows."""
    found, step = [0.0], 1.0
    while found[-1] < top:
        found += [step, 2 * step, 5 * step]
        step *= 10
    return [mark for mark in found if mark <= top]


def say(ax: Axes, text: str) -> None:
    """Write why there is nothing to draw in the middle of an empty Axes."""
    ax.text(
        0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color="0.35", wrap=True
    )


def _squeeze(values: Any) -> Any:
    return np.log1p(np.maximum(values, -0.999))
