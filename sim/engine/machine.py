"""Machine code kept as object files in the folder of `sim.engine.cache`.

Llvmlite alone loads and calls them in a tenth of a second. To import numba and let it load what
it keeps itself takes one second in every process.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm

from sim.engine import cache as kept

if TYPE_CHECKING:
    from sim.engine.memory import Handle

# What functions may give back, by numba's names of types; nothing is a null pointer.
RETURNS: dict[str, Any] = {
    "none": ctypes.c_void_p,
    "bool": ctypes.c_bool,
    "int64": ctypes.c_int64,
    "float64": ctypes.c_double,
}
DIGEST = 32
_LOADED: list[Any] = []  # engines own the code that was loaded, and where it may write


@cache
def function(name: str, numbers: int = 0) -> Callable[..., Any]:
    """Give a compiled function of a run and so many whole numbers; it is translated once.

    Parameters
    ----------
    name : str
        A function of `sim.step`, ``go`` or ``write``; see `sim.engine.translate`.
    numbers : int
        How many whole numbers it takes beside the handle.

    Returns
    -------
    callable
        Takes a `sim.engine.memory.Handle`, which then lives until it is done, and the numbers.
    """
    folder = kept.folder()
    file = None if folder is None else folder / f"{name}.o"
    code = None if file is None else _read(file)
    if code is None:
        from sim.engine import translate

        code = translate.object_code(name, numbers)
        if file is not None:
            _write(file, *code)
    return _callable(*code, numbers)


def _read(file: Path) -> tuple[str, str, bytes] | None:
    """Read an object file and what is said before it; None unless it is whole."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, rest = content[:DIGEST], content[DIGEST:]
    if hashlib.blake2s(rest).digest() != digest:
        return None
    head, _, code = rest.partition(b"\n")
    symbol, returns = head.decode().split("\t")
    return symbol, returns, code


def _write(file: Path, symbol: str, returns: str, code: bytes) -> None:
    """Keep an object file; where that cannot be, the next process translates again."""
    content = f"{symbol}\t{returns}\n".encode() + code
    own = file.with_suffix(f".{os.getpid()}")
    try:
        own.write_bytes(hashlib.blake2s(content).digest() + content)
        own.replace(file)
    except OSError:
        own.unlink(missing_ok=True)


def _callable(symbol: str, returns: str, code: bytes, numbers: int) -> Callable[..., Any]:
    """Load an object file, and let Python call its function by the convention of numba.

    The function gets where to put what it gives back and an error, and gives a status.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _LOADED.append(engine)
    words = [ctypes.c_void_p, *[ctypes.c_int64] * numbers]
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *words)
    call, result = kind(engine.get_function_address(symbol)), RETURNS[returns]
    unread = ctypes.c_void_p()  # so threads may share it
    nowhere = ctypes.addressof(unread)
    _LOADED.append(unread)

    def do(handle: Handle, *given: int) -> None:
        if status := call(nowhere, nowhere, handle.address, *given):
            raise SystemError(f"compiled code of {symbol} failed with status {status}")

    def find(handle: Handle, *given: int) -> Any:
        value = result()
        if status := call(ctypes.addressof(value), nowhere, handle.address, *given):
            raise SystemError(f"compiled code of {symbol} failed with status {status}")
        return value.value

    return do if returns == "none" else find
