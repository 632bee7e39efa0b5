"""Write a report as one HTML file that needs nothing else, and as Markdown with its pictures."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.export import grid, write_texts
from analysis.report.blocks import Block, Items, Part, Picture, Table, Terms, Text, every
from analysis.report.content import Report, report

if TYPE_CHECKING:
    from analysis.frames import Frames

TEMPLATES = Path(__file__).parent / "templates"
LARGEST = 5_000_000
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
_FOLDER = "report-figures"


def write_report(
    frames: Frames,
    folder: Path,
    baseline: str | None = None,
    branching: Mapping[str, Sequence[str]] | None = None,
) -> list[Path]:
    """Write ``report.html``, ``report.md`` and the pictures of the latter.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    folder : Path
        Where to write; made when it does not exist.
    baseline : str, optional
        The scenario to compare with; the first when left out.
    branching : mapping of str to sequence of str, optional
        Lines on branching by scenario, as ``reprisal validate`` prints them.

    Returns
    -------
    list of Path
        The files written, the HTML first.

    Raises
    ------
    ValueError
        For an unknown scenario.
    """
    made = report(frames, baseline, branching or {})
    texts = {"report.html": html(made), "report.md": markdown(made)}
    shown = [block for part in made.sections for block in every(part.blocks)]
    pictures = [block for block in shown if isinstance(block, Picture)]
    written = write_texts(folder, texts)
    (folder / _FOLDER).mkdir(exist_ok=True)
    for picture in pictures:
        (folder / _FOLDER / f"{picture.name}.png").write_bytes(picture.png)
    return written + [folder / _FOLDER / f"{picture.name}.png" for picture in pictures]


def html(made: Report) -> str:
    """Write a report as HTML.

    Everything is escaped, nothing is fetched: pictures are inside, there is no script, and the
    page forbids its browser to load anything.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["data"] = _data
    return environment.get_template("report.html").render(report=made) + "\n"


def markdown(made: Report) -> str:
    """Write a report as Markdown, with pictures beside it."""
    parts = [f"# {plain(made.title)}", plain(made.subtitle)]
    for section in made.sections:
        parts.append(f"## {plain(section.title)}")
        parts += [_block(block) for block in section.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Escape what Markdown would take for a mark, and join lines."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _block(block: Block) -> str:
    if isinstance(block, Text):
        return plain(block.text)
    if isinstance(block, Items):
        return "\n".join(f"- {plain(item)}" for item in block.items)
    if isinstance(block, Terms):
        return "\n".join(f"- **{plain(term)}**: {plain(text)}" for term, text in block.terms)
    if isinstance(block, Table):
        rows = [[plain(cell) for cell in row] for row in block.rows]
        lines = "\n".join(line for line in grid(block.head, rows).splitlines())
        return f"**{plain(block.caption)}**\n\n{lines}"
    if isinstance(block, Part):
        inner = [_block(part) for part in block.blocks]
        return "\n\n".join([f"### {plain(block.title)}", *inner])
    return f"![{plain(block.alt)}]({_FOLDER}/{block.name}.png)\n\n{plain(block.caption)}"


def _data(picture: Picture) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture.png).decode('ascii')}"
