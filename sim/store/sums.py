"""Files of checksums: ``sha256sum -c`` reads them, and they prove themselves.

The first line says what the sums belong to, the last holds the SHA-256 of those before it; both
are comments to other programs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from sim.store import files

_SEAL = re.compile(r"# sealed ([0-9a-f]{64})\n\Z")


def digest(text: str) -> str:
    """Give the SHA-256 of a text in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def text(head: str, sums: Mapping[str, str]) -> str:
    """Write down the SHA-256 of files by name, and what they belong to."""
    body = f"# {head}\n" + "".join(f"{sha256}  {name}\n" for name, sha256 in sums.items())
    return f"{body}# sealed {digest(body)}\n"


def read(path: Path) -> tuple[str, dict[str, str]]:
    """Read what a file belongs to and its sums; ValueError when it is not as it was written."""
    whole = files.read_text(path)
    seal = _SEAL.search(whole)
    if seal is None or digest(whole[: seal.start()]) != seal[1]:
        raise ValueError(f"{path.name} is not as it was written")
    head, *lines = whole[: seal.start()].splitlines()
    return head.removeprefix("# "), {
        name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)
    }
