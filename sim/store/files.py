"""Files that are whole or absent, and scenario names that can name files.

A file is written under a temporary name, flushed to disk, then renamed.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

LONGEST = 200
_SUFFIX = ".tmp"
_RULE = (
    f"use up to {LONGEST} letters a-z, digits and . _ = + , - with no dot at either end, and no"
    " name that Windows keeps for devices, such as con or com1"
)
# Temporary files begin with a dot; Windows drops one at the end. The longest file name is
# 255 bytes nearly everywhere, and suffixes are added.
_SAFE = re.compile(rf"(?!\.)[A-Za-z0-9._=+,-]{{1,{LONGEST}}}(?<!\.)")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


class StoreError(Exception):
    """A results folder that cannot be used as asked; the message says why and what to do."""


def safe_name(name: str) -> str:
    """Give a scenario name back when it can name a file on every system, and in its folder."""
    if not _SAFE.fullmatch(name) or _DEVICE.fullmatch(name):
        raise ValueError(f"scenario name {name[: LONGEST + 1]!r} cannot name a file: {_RULE}")
    return name


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    aside = temporary(path)
    try:
        with open(aside, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def write_text_if_other(path: Path, text: str) -> None:
    """Write a text file, unless it has that content already."""
    if not path.is_file() or path.read_bytes() != text.encode():
        write_text(path, text)


def flush_folder(folder: Path) -> None:
    """Make renamed files of a folder survive a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def temporary(path: Path) -> Path:
    """Name a file in which another one's new content is written."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{_SUFFIX}")


def leftovers(folder: Path, name: str) -> list[Path]:
    """Find what killed processes left beside a file."""
    return sorted(folder.glob(f".{name}.*{_SUFFIX}"))


def final_name(path: Path) -> str:
    """Give the name of the file that a temporary one was to become."""
    return path.name.removeprefix(".").removesuffix(_SUFFIX).rpartition(".")[0]


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
