"""Write a report as one HTML file that needs nothing else, and as Markdown with its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis.blocks import Picture, every
from analysis.comparison.table import base_name
from analysis.files import write_texts
from analysis.frames import Frames
from analysis.interactive.live import live
from analysis.rendering import PICTURES, html, markdown
from analysis.report.content import report
from sim.store.files import write_bytes

LARGEST = 5_000_000


def write_report(
    frames: Frames,
    folder: Path,
    baseline: str | None = None,
    branching: Mapping[str, Sequence[str]] | None = None,
    *,
    interactive: bool = False,
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
    interactive : bool
        Put pictures that move into the HTML as well: it then holds a script, and still fetches
        nothing.

    Returns
    -------
    list of Path
        The files written, the HTML first.

    Raises
    ------
    ValueError
        For an unknown scenario.
    """
    page = report(frames, baseline, branching or {})
    moving = live(frames, base_name(frames, baseline)) if interactive else None
    written = write_texts(folder, {"report.html": html(page, moving), "report.md": markdown(page)})
    (folder / PICTURES).mkdir(exist_ok=True)
    for block in every(block for section in page.sections for block in section.blocks):
        if isinstance(block, Picture):
            written.append(folder / PICTURES / f"{block.name}.png")
            write_bytes(written[-1], block.png)
    return written
