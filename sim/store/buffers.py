"""Between numpy and Arrow by their buffers.

``pa.array`` and ``to_numpy`` do the same, but import pandas first, which can take seconds
just when a batch is asked to stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def from_numbers(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Make an Arrow array."""
    rows, valid = len(values), None
    if values.dtype.kind == "f":
        # Missing numbers are stored as null, not NaN: every reader then skips them alike.
        valid = pa.py_buffer(np.packbits(~np.isnan(values), bitorder="little"))
    elif values.dtype.kind == "b":
        values = np.packbits(values, bitorder="little")
    return pa.Array.from_buffers(kind, rows, [valid, pa.py_buffer(np.ascontiguousarray(values))])


def from_words(words: Sequence[str]) -> pa.Array:
    """Make an Arrow array of text."""
    encoded = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))
    return pa.StringArray.from_buffers(len(words), *buffers)


def to_numbers(stored: pa.ChunkedArray, target: np.dtype[Any]) -> NDArray[Any]:
    """Read an Arrow column."""
    parts = [np.empty(0, target), *(chunk_numbers(chunk, target) for chunk in stored.chunks)]
    return np.concatenate(parts)


def chunk_numbers(chunk: pa.Array, target: np.dtype[Any]) -> NDArray[Any]:
    """Read one chunk of a column; as `to_numbers`."""
    valid, data = chunk.buffers()
    here = slice(chunk.offset, chunk.offset + len(chunk))
    if target.kind == "b":
        return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[here].astype(bool)
    values = np.frombuffer(data, target)[here]
    if target.kind == "f" and valid is not None:
        present = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")[here]
        values = np.where(present, values, target.type(np.nan))
    return values
