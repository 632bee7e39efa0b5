"""Shards: which blocks of a batch belong to which of several processes without a master."""

from __future__ import annotations

import re
from typing import NamedTuple
from zlib import crc32

from sim.store.blocks import Block
from sim.store.manifest import StoreError

_TEXT = re.compile(r"(\d+)/(\d+)")
MAX_SHARDS = 9_999


class Shard(NamedTuple):
    """Part ``number`` (from 1) of a batch that is cut into ``of`` parts."""

    number: int
    of: int

    @property
    def text(self) -> str:
        """As on the command line."""
        return f"{self.number}/{self.of}"

    @property
    def suffix(self) -> str:
        """What names of its own files have in addition."""
        return "" if self == WHOLE else f"-{self.number}-of-{self.of}"

    def holds(self, scenario: str, block: Block) -> bool:
        """Tell whether a block belongs to the part.

        The answer depends on the block alone, not on what else the batch holds or has done.
        """
        return (crc32(scenario.encode()) + block.number) % self.of == self.number - 1

    def overlaps(self, other: Shard) -> bool:
        """Tell whether some blocks belong to both parts."""
        return self.of != other.of or self.number == other.number


WHOLE = Shard(1, 1)


def parse(text: str) -> Shard:
    """Read ``k/n``."""
    match = _TEXT.fullmatch(text.strip())
    if match:
        shard = Shard(int(match[1]), int(match[2]))
        if 1 <= shard.number <= shard.of <= MAX_SHARDS:
            return shard
    raise StoreError(
        f"--shard {text}: write k/n with k from 1 to n and n up to {MAX_SHARDS}, such as 3/8"
    )
