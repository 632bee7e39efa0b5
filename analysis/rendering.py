"""Write a page of blocks as Markdown, or as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from analysis.blocks import Block, Items, Page, Part, Picture, Table, Terms, Text

if TYPE_CHECKING:
    from analysis.interactive.live import Live

TEMPLATES = Path(__file__).parent / "templates"
PICTURES = "report-figures"
_SPECIAL = re.compile(r"([\\*{}\[\]<>#|~]|(?<!\w)_|_(?!\w))")  # within a word _ is no mark
_OPENING = re.compile(r"^(\d*)([-+=.)])(?=\s|\2*$)")  # what opens a list or underlines a heading
_BAR = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"`([^`\n]+)`")


def markdown(page: Page) -> str:
    """Write a page as Markdown, with pictures beside it."""
    parts = [f"# {plain(page.title)}", *map(_block, page.lead)]
    for section in page.sections:
        parts += [f"## {plain(section.title)}", *map(_block, section.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def html(page: Page, live: Live | None = None) -> str:
    """Write a page as HTML.

    Everything is escaped, nothing is fetched: pictures are inside, and the page forbids its browser
    to load anything. It runs no script but that of ``live``, which it names by its hash.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"data": _data, "inline": _inline}
    return environment.get_template("page.html").render(page=page, live=live) + "\n"


def plain(text: str) -> str:
    """Escape what Markdown would take for a mark, but in code, and join lines."""
    parts = _CODE.split(" ".join(text.split()))
    whole = "".join(
        f"`{part}`" if number % 2 else _SPECIAL.sub(r"\\\1", part).replace("`", r"\`")
        for number, part in enumerate(parts)
    )
    return _OPENING.sub(r"\1\\\2", whole)


def _block(block: Block) -> str:
    if isinstance(block, Text):
        return plain(block.text)
    if isinstance(block, Items):
        return "\n".join(f"- {plain(item)}" for item in block.items)
    if isinstance(block, Terms):
        return "\n".join(f"- **{plain(term)}**: {plain(text)}" for term, text in block.terms)
    if isinstance(block, Table):
        caption = f"**{plain(block.caption)}**\n\n" if block.caption else ""
        return caption + _table(block.head, block.rows)
    if isinstance(block, Part):
        return "\n\n".join([f"### {plain(block.title)}", *map(_block, block.blocks)])
    return f"![{plain(block.alt)}]({PICTURES}/{block.name}.png)\n\n{plain(block.caption)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [[*map(_cell, head)], ["---"] * len(head), *([*map(_cell, row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return _BAR.sub(r"\|", plain(text))


def _data(picture: Picture) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture.png).decode('ascii')}"


def _inline(text: str) -> Markup:
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))
