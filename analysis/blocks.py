"""What a page of text is made of: paragraphs, lists, terms, tables and pictures, in sections.

A page says nothing of how it looks: `analysis.rendering` writes it as Markdown or HTML. What
stands between backticks in a text is code.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from matplotlib.figure import Figure
from PIL import Image

from analysis import style
from analysis.drawing import bitmap

DPI, COLOURS = 150, 256


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    items: Sequence[str]
    kind: str = "items"


@dataclass(frozen=True)
class Terms:
    """Terms and what is said of each."""

    terms: Sequence[tuple[str, str]]
    kind: str = "terms"


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of a row is its head."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    kind: str = "table"


@dataclass(frozen=True)
class Picture:
    """A figure as PNG, with its caption and what it says to those who do not see it."""

    name: str
    caption: str
    alt: str
    png: bytes = field(repr=False)
    width: int
    height: int
    kind: str = "picture"


@dataclass(frozen=True)
class Part:
    """A heading below a section's, with its blocks."""

    title: str
    blocks: Sequence[Block]
    kind: str = "part"


Block = Text | Items | Terms | Table | Picture | Part


@dataclass(frozen=True)
class Section:
    """A section with the key of its address on the page."""

    key: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Page:
    """A page: its title, what stands before the first section, and its sections."""

    title: str
    lead: Sequence[Block]
    sections: Sequence[Section] = ()


def paragraphs(*texts: str) -> list[Block]:
    """Make a paragraph of each text that is not empty."""
    return [Text(text) for text in texts if text]


def picture(name: str, figure: Figure, caption: str, alt: str) -> Picture:
    """Turn a sheet of figures into a small PNG."""
    image = bitmap(figure, DPI).quantize(COLOURS, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    image.save(packed, format="PNG")
    return Picture(name, caption, alt, packed.getvalue(), *image.size)


def pictures(sheets: Iterable[tuple[str, Figure]], caption: str, alt: str) -> list[Picture]:
    """Turn several sheets of one kind into pictures, numbered where there are several."""
    with style.context():
        drawn = list(sheets)
        return [
            picture(name, figure, f"{caption}{_number(place, len(drawn))}", alt)
            for place, (name, figure) in enumerate(drawn, start=1)
        ]


def every(blocks: Iterable[Block]) -> list[Block]:
    """All blocks, those inside parts too."""
    flat: list[Block] = []
    for block in blocks:
        flat += every(block.blocks) if isinstance(block, Part) else [block]
    return flat


def _number(place: int, of: int) -> str:
    return f" ({place} of {of})" if of > 1 else ""
