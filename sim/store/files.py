"""Files that are whole or absent: written aside, flushed to disk, then put in place."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

_SUFFIX = ".tmp"


def write_text(path: Path, text: str) -> None:
    """Write a text file in one act."""
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
    """Write a text file in one act, unless it has that content."""
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
