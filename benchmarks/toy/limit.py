"""The toy world in C, compiled when it is asked for: the practical limit."""

from __future__ import annotations

import ctypes
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.toy import world as toy
from benchmarks.toy.chunks import Logs, chunks
from benchmarks.toy.tables import Ints, tables

SOURCE = Path(__file__).with_name("limit.c")
COMPILER = "gcc"
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-std=c11", "-shared", "-fPIC")
NUMBERS = (
    "WITHDRAW_AT",
    "REVIEW",
    "TRANSIT",
    "SECURITY_FULL",
    "SEVERITY_CAP",
    "POISSON_CAP",
    "EXCITATION",
    "KEEP",
    "KEEP_RECENT",
    "DETERRENCE",
    "SPILLOVER",
    "HEAVY",
    "SEVERITY",
    "MARGIN",
    "WOUND_WEIGHT",
    "COMPLIANCE_LEAST",
    "COMPLIANCE_RANGE",
    "MOVE_CHANCE",
    "DECIDE",
    "SEVERITY_DRAW",
    "VICTIM",
    "ATTACKER",
    "MOVE",
    "INITIAL",
)

SIZES = ("provinces", "groups", "ticks", "strength", "seed", "pairs")
ARRAYS = (
    "agent",
    "rival",
    "background",
    "first_neighbour",
    "neighbour",
    "killed_target",
    "wounded_target",
    "killed_attacker",
    "wounded_attacker",
)


def lacking() -> str:
    """Say why there is no limit to measure here; empty where there is."""
    if shutil.which(COMPILER) is None:
        return f"no compiler: {COMPILER} is not on the PATH"
    if platform.system() != "Linux" or "avx2" not in Path("/proc/cpuinfo").read_text():
        return "no AVX2 found in /proc/cpuinfo"
    return ""


def macro(name: str) -> str:
    """Define the Python constant, exactly the same binary64 number."""
    value = getattr(toy, name)
    return f"-D{name}={value.hex() if isinstance(value, float) else value}"


class Pointers(ctypes.Structure):
    """`Tables` as the source declares them."""

    _fields_ = [(name, ctypes.c_int64) for name in SIZES] + [
        (name, ctypes.c_void_p) for name in ARRAYS
    ]


def library() -> ctypes.CDLL:
    """Compile the source and load it."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "limit.so"
        macros = [macro(name) for name in NUMBERS]
        command = [COMPILER, *FLAGS, *macros, str(SOURCE), "-o", str(made), "-lm"]
        subprocess.run(command, check=True)
        loaded = ctypes.CDLL(str(made))
    loaded.run_many.restype = ctypes.c_int64
    loaded.run_many.argtypes = (
        ctypes.POINTER(Pointers),
        *(ctypes.c_int64, ctypes.c_int64),
        *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64),
    )
    return loaded


class Limit:
    """The compiled source; made once, for worlds of any size."""

    def __init__(self) -> None:
        self.library = library()

    def logs(self, world: toy.World, first: int, count: int) -> Iterator[Logs]:
        """Yield logs of replicates from ``first`` on, a chunk at a time."""
        shared = tables(world)
        arrays = {name: getattr(shared, name) for name in ARRAYS}
        pointers = Pointers(
            *(getattr(shared, name) for name in SIZES[:-1]),
            shared.agent.size,
            *(array.ctypes.data for array in arrays.values()),
        )

        def run(first: int, ends: Ints, log: NDArray[np.void]) -> int:
            memory = ends.ctypes.data, log.ctypes.data
            return self.library.run_many(pointers, first, ends.size, *memory, log.size)

        yield from chunks(run, first, count)
