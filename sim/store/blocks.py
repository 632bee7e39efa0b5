"""Blocks: which replicates share a file of the results folder.

The boundaries depend on the replicate number alone, so a batch that grows from 100 to
200 replicates keeps its first files. Blocks grow with the number: the first ones spread over
many workers, and a million replicates still make some five hundred files a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# (first replicate of the range, replicates in a block); each range starts on a boundary.
SIZES = ((10_000, 2_500), (1_000, 250), (100, 25), (0, 5))
# Replicates whose rows are written together, as one row group of a file.
CHUNK = 125
_NAME = re.compile(r"^(\d{6,})-(\d{6,})\.parquet$")


class Block(NamedTuple):
    """Replicates ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def file_name(self) -> str:
        """Name of the block's file in each table's folder."""
        return f"{self.first:06d}-{self.last:06d}.parquet"

    @property
    def number(self) -> int:
        """How many blocks come before this one."""
        before, stop = 0, self.first
        for start, size in SIZES:
            if stop > start:
                before += (stop - start) // size
                stop = start
        return before

    @property
    def chunks(self) -> int:
        """Number of chunks in the block."""
        return self.chunk_of(self.last) + 1

    def chunk(self, number: int) -> range:
        """Give the replicates of a chunk."""
        start = self.first + number * CHUNK
        return range(start, min(start + CHUNK, self.last + 1))

    def chunk_of(self, replicate: int) -> int:
        """Give the number, from 0, of the chunk that holds a replicate of the block."""
        return (replicate - self.first) // CHUNK


def block_of(replicate: int) -> Block:
    """Find the block of a replicate.

    Parameters
    ----------
    replicate : int
        Replicate number, from 0.

    Returns
    -------
    Block
        The block that holds it.

    Raises
    ------
    ValueError
        When the number is negative.
    """
    for start, size in SIZES:
        if replicate >= start:
            first = replicate - replicate % size
            return Block(first, first + size - 1)
    raise ValueError(f"replicate must be 0 or more, got {replicate}")


def blocks_below(stop: int) -> Iterator[Block]:
    """List the blocks that hold the replicates below a number, ascending.

    Parameters
    ----------
    stop : int
        Number of replicates.

    Yields
    ------
    Block
    """
    start = 0
    while start < stop:
        block = block_of(start)
        yield block
        start = block.last + 1


def block_from(file_name: str) -> Block | None:
    """Read a block from the name of its file.

    Parameters
    ----------
    file_name : str
        Such as ``000000-000004.parquet``.

    Returns
    -------
    Block or None
        None when the name is not that of a block's file, a temporary file for example.
    """
    match = _NAME.match(file_name)
    if not match:
        return None
    block = Block(int(match[1]), int(match[2]))
    return block if block == block_of(block.first) and block.file_name == file_name else None
