"""Signs that the font of figures lacks: drawn with other fonts of the machine, else said once."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from matplotlib.figure import Figure
from matplotlib.font_manager import (
    FontEntry,
    FontProperties,
    findSystemFonts,
    fontManager,
    get_font,
)
from matplotlib.text import Text

FAMILY = "DejaVu Sans"
_NOT_A_FONT = "Last Resort"  # draws a box for every sign
_SHOWN = 8
_TOLD: set[str] = set()


class SignWarning(UserWarning):
    """No font of the machine has a sign of a label."""


def lacking(text: str) -> frozenset[str]:
    """Give the signs of a text that the font of figures does not have."""
    if text.isascii():
        return frozenset()
    return frozenset(sign for sign in text if sign.isprintable() and ord(sign) not in _own())


def measurable(text: str) -> str:
    """Put a wide letter in the place of each sign that the font of figures does not have."""
    gone = lacking(text)
    return "".join("W" if sign in gone else sign for sign in text) if gone else text


def settle(figure: Figure) -> None:
    """Let the texts of a figure fall back on other fonts, and say which signs none has."""
    texts = [text for text in _texts(figure) if lacking(text.get_text())]
    if not texts:
        return
    families, none = found(frozenset().union(*(lacking(text.get_text()) for text in texts)))
    for text in texts:
        text.set_fontfamily([FAMILY, *families])
        if not _has(families, text.get_fontweight(), lacking(text.get_text()) - none):
            text.set_fontweight("normal")
    new = none - _TOLD
    if new:
        _TOLD.update(new)
        label = next(text.get_text() for text in texts if new & lacking(text.get_text()))
        _tell(new, " ".join(label.split()))


@cache
def found(signs: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Give the families that together have most of some signs, and the signs that none has."""
    families: list[str] = []
    for again in (False, True):
        if again and signs:
            _learn()
        while signs:
            held = {name: signs & has for name, has in _others().items()}
            best = max(held, key=lambda name: len(held[name]), default="")
            if not best or not held[best]:
                break
            families.append(best)
            signs -= held[best]
    return tuple(families), signs


@contextmanager
def quietly() -> Iterator[None]:
    """Draw without Matplotlib's warnings of signs and of weights that a font lacks."""
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
            yield
    finally:
        log.setLevel(level)


def _tell(signs: frozenset[str], label: str) -> None:
    shown = " ".join(sorted(signs)[:_SHOWN]) + (" ..." if len(signs) > _SHOWN else "")
    warnings.warn(
        f"No font of this machine has the signs {shown} of {label!r}: figures show boxes in their"
        " place. Install a font that has them, such as one of the Noto fonts, and draw again.",
        SignWarning,
        stacklevel=4,
    )


def _has(families: Sequence[str], weight: Any, signs: frozenset[str]) -> bool:
    """Tell whether some families have signs in a weight too: bold faces often have fewer."""
    wanted = [FontProperties(family=family, weight=weight) for family in families]
    return signs <= frozenset().union(*(_signs(fontManager.findfont(each)) for each in wanted))


def _texts(figure: Figure) -> list[Text]:
    for ax in figure.findobj(lambda artist: hasattr(artist, "get_xticklabels")):
        ax.get_xticklabels()  # type: ignore[attr-defined]
        ax.get_yticklabels()  # type: ignore[attr-defined]
    return [text for text in figure.findobj(Text) if isinstance(text, Text)]


@cache
def _own() -> frozenset[int]:
    """Give the code points that the font of figures has, upright and bold."""
    files = [fontManager.findfont(f"{FAMILY}:{weight}") for weight in ("normal", "bold")]
    return frozenset.intersection(*(frozenset(get_font(file).get_charmap()) for file in files))


def _others() -> dict[str, frozenset[str]]:
    """Give the signs of every other upright family that the machine has, by name."""
    entries = sorted(fontManager.ttflist, key=lambda entry: (_regular(entry), entry.fname))
    names = {
        entry.name: entry.fname
        for entry in entries
        if entry.style == "normal" and not entry.name.startswith((_NOT_A_FONT, FAMILY))
    }
    return {name: signs for name, file in names.items() if (signs := _signs(file))}


def _regular(entry: FontEntry) -> bool:
    return entry.weight in {400, "normal", "regular", "book"}


@cache
def _signs(file: str) -> frozenset[str]:
    try:
        font = get_font(file)
        return frozenset(map(chr, font.get_charmap())) if font.scalable else frozenset()
    except (OSError, RuntimeError):
        return frozenset()


def _learn() -> None:
    """Take in fonts that were installed since Matplotlib last looked."""
    known = {entry.fname for entry in fontManager.ttflist}
    for file in sorted(set(findSystemFonts()) - known):
        try:
            fontManager.addfont(file)
        except (OSError, RuntimeError):
            continue
