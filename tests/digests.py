"""Digests of pinned runs and of a stored batch in this environment: ``python -m tests.digests``.

Prints JSON. Whole numbers and other columns have digests of their own, because only the
former are free of the last bits of a mathematics library. Files of tables have one too;
it may differ where another version of pyarrow wrote them.
"""

from __future__ import annotations

import hashlib
import json
import platform
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sim import batch, store
from sim.parameters import Scenario
from sim.records import TABLES
from sim.scenario import load
from sim.world import build
from tests.test_baseline import SEED, everything

ROOT = Path(__file__).parents[1]
REPLICATES = (0, 1, 2)
STORED = 4
LIBRARIES = ("numpy", "scipy", "mesa", "pandas", "pyarrow", "pydantic", "ruamel.yaml", "numba")
Tables = dict[str, dict[str, Any]]


def digest(parts: Iterator[bytes]) -> str:
    """First 16 hex digits of the SHA-256 of some bytes."""
    made = hashlib.sha256()
    for part in parts:
        made.update(part)
    return made.hexdigest()[:16]


def of_tables(tables: Tables, *, whole: bool) -> str:
    """Digest of the columns of whole numbers, or of the others."""
    return digest(
        name.encode() + column.encode() + np.ascontiguousarray(values).tobytes()
        for name, table in sorted(tables.items())
        for column, values in table.items()
        if (np.asarray(values).dtype.kind in "iub") == whole
    )


def plain(column: pa.ChunkedArray) -> list[Any]:
    """Give the values of a stored column; how a time prints depends on pyarrow."""
    times = pa.types.is_timestamp(column.type)
    values: list[Any] = (column.cast(pa.int64()) if times else column).to_pylist()
    return values


def scenarios() -> dict[str, Scenario]:
    """The pinned scenarios: two shipped ones, and one with every mechanism on."""
    shipped = {
        name: load(ROOT / "scenarios" / f"{name}.yaml") for name in ("two-groups", "iraq-2022")
    }
    made = {name: loaded.scenario for name, loaded in shipped.items()}
    return {**made, "everything": Scenario.model_validate(everything())}


def of_engine(simulate: Callable[..., Tables]) -> dict[str, str]:
    """Digests of three runs of each pinned scenario."""
    found = {}
    for name, scenario in scenarios().items():
        tables = simulate(build(scenario), SEED, list(REPLICATES))
        found[f"{name}, whole numbers"] = of_tables(tables, whole=True)
        found[f"{name}, other columns"] = of_tables(tables, whole=False)
    return found


def of_store(folder: Path) -> dict[str, str]:
    """Digests of a stored batch: its settings, the values of its tables, and its files."""
    loaded = load(ROOT / "scenarios" / "two-groups.yaml")
    results = store.create_or_open(folder / "results", [loaded], SEED, STORED)
    assert batch.run(results, workers=1).done == STORED
    rows = {name: results.read(name) for name in TABLES}
    values = (
        f"{name} {column} {plain(rows[name].column(column))!r}".encode()
        for name in sorted(rows)
        for column in rows[name].column_names
    )
    files = sorted(results.folder.rglob("*.parquet"))
    return {
        "scenario hash": loaded.hash,
        "stored, values": digest(values),
        "stored, bytes of the files": digest(path.read_bytes() for path in files),
    }


def measure() -> dict[str, Any]:
    """Everything about this environment."""
    from sim.batch.mesa import simulate as in_mesa
    from sim.engine import simulate as compiled

    with tempfile.TemporaryDirectory() as folder:
        stored = of_store(Path(folder))
    return {
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "digests": {
            **{f"mesa, {name}": value for name, value in of_engine(in_mesa).items()},
            **{f"compiled, {name}": value for name, value in of_engine(compiled).items()},
            **stored,
        },
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
