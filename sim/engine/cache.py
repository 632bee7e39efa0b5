"""Where machine code is kept between processes and sessions.

Numba's own cache looks at one source file at a time and would not notice a change in a
rule. Here every version of the sources, of Python, numba and the processor has a folder of
its own, named by a hash, so that a changed rule is always translated anew. So has every place
of the sources.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import stat
import tempfile
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

VARIABLE = "REPRISAL_CACHE"
SOURCES = ("engine", "step", "rules", "draws.py", "reporting.py", "parameters", "world")
RUNS, PHASES = "runs", "phases"
VERSIONS_KEPT = 10


@cache
def folder() -> Path | None:
    """Find the folder for this version, and make it.

    ``REPRISAL_CACHE`` names the place; otherwise it is the user's cache folder, or a
    private one among the temporary files where that cannot be written.
    """
    for place in _places():
        path = place / _version()
        try:
            for each in (place, path):  # parents that are made on the way get no mode
                each.mkdir(parents=True, exist_ok=True, mode=0o700)
            if _private(path):
                with tempfile.TemporaryFile(dir=path):
                    return path
        except OSError:
            continue
    return None


def is_ready(what: str = RUNS) -> bool:
    """Whether the machine code for this version is kept.

    Parameters
    ----------
    what : {"runs", "phases"}
        See `sim.engine.prepare`.

    Raises
    ------
    ImportError
        When numba is not installed.
    """
    if find_spec("numba") is None:
        raise ImportError("numba is not installed", name="numba")
    kept = folder()
    return kept is not None and (kept / f"{what}-ready").exists()


def mark_ready(what: str) -> None:
    """Note that the machine code for this version is complete; forget old versions."""
    kept = folder()
    if kept is None:
        return
    try:
        (kept / f"{what}-ready").touch()
        _forget_old(kept.parent)
    except OSError:
        return


def _places() -> list[Path]:
    named = os.environ.get(VARIABLE)
    if named:
        return [Path(named)]
    usual = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    return [
        Path(usual).expanduser() / "reprisal",
        Path(tempfile.gettempdir()) / f"reprisal-{user}",
    ]


def _private(path: Path) -> bool:
    """Whether nobody else could put code into a folder or the one above it.

    A link counts as its owner's, who could let it point elsewhere.
    """
    if not hasattr(os, "getuid"):
        return True
    both = (path, path.parent)
    owners = {facts.st_uid for each in both for facts in (each.stat(), each.lstat())}
    return owners == {os.getuid()} and not any(
        each.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH) for each in both
    )


def _version() -> str:
    import llvmlite.binding as llvm

    digest, root = hashlib.blake2s(digest_size=12), Path(__file__).parent.parent
    facts = (
        str(root),
        platform.python_version(),
        version("numba"),
        version("llvmlite"),
        version("numpy"),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
    )
    digest.update("\n".join(facts).encode())
    for source in SOURCES:
        paths = [root / source] if source.endswith(".py") else sorted((root / source).glob("*.py"))
        for path in paths:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _forget_old(place: Path) -> None:
    """Remove all but the newest folders that `_version` named."""
    from shutil import rmtree

    versions = [path for path in place.iterdir() if re.fullmatch(r"[0-9a-f]{24}", path.name)]
    versions.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in versions[VERSIONS_KEPT:]:
        rmtree(path, ignore_errors=True)
