"""Which replicates share a block of files, and which blocks belong to a shard of a batch.

The boundaries of blocks depend on the replicate number alone, so a batch that grows from 100 to
200 replicates keeps its first files. Blocks grow with the number: the first ones spread over
many workers, and a million replicates still make about a thousand files a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zlib import crc32

from sim.store.files import StoreError

# (first replicate of the range, replicates in a block); each range starts on a boundary.
SIZES = ((10_000, 1_000), (1_000, 250), (100, 25), (0, 5))
MAX_SHARDS = 9_999
Spans = list[tuple[int, int]]
_NAME = re.compile(r"^(\d{6,})-(\d{6,})\.(?:parquet|sha256)$")
_SHARD = re.compile(r"(\d+)/(\d+)")


class Block(NamedTuple):
    """Replicates ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def name(self) -> str:
        """Name of the block's files, without suffix."""
        return f"{self.first:06d}-{self.last:06d}"

    @property
    def number(self) -> int:
        """How many blocks come before this one."""
        before, stop = 0, self.first
        for start, size in SIZES:
            if stop > start:
                before += (stop - start) // size
                stop = start
        return before


def block_of(replicate: int) -> Block:
    """Find the block of a replicate; ValueError for a negative one."""
    for start, size in SIZES:
        if replicate >= start:
            first = replicate - replicate % size
            return Block(first, first + size - 1)
    raise ValueError(f"replicate must be 0 or more, got {replicate}")


def blocks_below(stop: int) -> Iterator[Block]:
    """List the blocks that hold the replicates below a number, ascending."""
    start = 0
    while start < stop:
        block = block_of(start)
        yield block
        start = block.last + 1


def block_from(file_name: str) -> Block | None:
    """Read a block from the name of one of its files; None when it is no such name."""
    match = _NAME.match(file_name)
    if not match:
        return None
    block = Block(int(match[1]), int(match[2]))
    right = block == block_of(block.first) and block.name == file_name.partition(".")[0]
    return block if right else None


def spans(numbers: Iterable[int]) -> Spans:
    """Write numbers as ranges, both ends included, ascending."""
    return merged((number, number) for number in sorted(numbers))


def merged(parts: Iterable[tuple[int, int]]) -> Spans:
    """Join ranges that overlap or touch, ascending."""
    joined: Spans = []
    for first, last in sorted(parts):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined


def without(parts: Spans, gone: Spans) -> Spans:
    """Take ranges out of others; both ascend."""
    left: Spans = []
    for first, last in parts:
        start = first
        for low, high in gone:
            if high >= start and low <= last:
                if low > start:
                    left.append((start, low - 1))
                start = high + 1
        if start <= last:
            left.append((start, last))
    return left


def total(parts: Spans) -> int:
    """Count the numbers in ranges."""
    return sum(last - first + 1 for first, last in parts)


class Shard(NamedTuple):
    """Part ``number`` (from 1) of a batch that ``of`` processes share without a master."""

    number: int
    of: int

    @property
    def text(self) -> str:
        """As on the command line."""
        return f"{self.number}/{self.of}"

    @property
    def suffix(self) -> str:
        """What the names of its own files end in."""
        return "" if self == WHOLE else f"-{self.number}-of-{self.of}"

    def holds(self, scenario: str, block: Block) -> bool:
        """Tell whether a block belongs to the part.

        The answer depends on the block alone, not on what else the batch holds or has done.
        """
        if self.of == 1:
            return True
        return (crc32(scenario.encode()) + block.number) % self.of == self.number - 1

    def overlaps(self, other: Shard) -> bool:
        """Tell whether some blocks belong to both parts."""
        return self.of != other.of or self.number == other.number


WHOLE = Shard(1, 1)


def parse_shard(text: str) -> Shard:
    """Read ``k/n``."""
    match = _SHARD.fullmatch(text.strip())
    if match:
        shard = Shard(int(match[1]), int(match[2]))
        if 1 <= shard.number <= shard.of <= MAX_SHARDS:
            return shard
    raise StoreError(
        f"--shard {text}: write k/n with k from 1 to n and n up to {MAX_SHARDS}, such as 3/8"
    )
