"""What can be wrong with a file of a results folder, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sim.store import files
from sim.store.blocks import Block

Kind = Literal["damaged", "incomplete", "missing", "stray", "unfinished"]
_MEANINGS: dict[Kind, str] = {
    "damaged": "damaged: {why}",
    "incomplete": "incomplete: {why}",
    "missing": "missing: {why}",
    "stray": "no file of this batch",
    "unfinished": "a write was interrupted: {why}",
}
AGAIN = "the same run command writes it again"


@dataclass(frozen=True)
class Finding:
    """What is wrong with a block or another file.

    ``damaged`` is what changed after it was written, or lies in another place, ``incomplete`` a
    block that lacks a file, ``missing`` what a session had stored or used and is gone, ``stray``
    what belongs to nothing. Of ``unfinished`` nothing counts as stored; the next batch
    writes it anew. ``aside`` are the files that `repair` moves away, ``mend`` what it writes.
    """

    what: str
    kind: Kind
    why: str = ""
    aside: tuple[Path, ...] = ()
    mend: Mapping[Path, str] = field(default_factory=dict)
    scenario: str = ""
    block: Block | None = None
    lost: int = 0

    @property
    def harmless(self) -> bool:
        """Whether everything that counts as stored is right."""
        return self.kind == "unfinished"

    @property
    def text(self) -> str:
        """One line for people."""
        return f"{self.what}: {_MEANINGS[self.kind].format(why=self.why)}"

    def told(self, folder: Path) -> str:
        """One line for people, with what `repair` did about it."""
        number = len(self.aside)
        moved = f"; {number} file{'s' * (number > 1)} moved to {folder / files.ASIDE}"
        return f"{self.text}{moved * bool(number)}{'; written again' * bool(self.mend)}"
