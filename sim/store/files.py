"""Files that are whole or absent, and scenario names that can name files.

A file is written under a temporary name, flushed to disk, then renamed. What is read, or moved
aside, in a folder that may come from somebody else is an ordinary file: no link is followed, and
no device or pipe is opened.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

LONGEST = 200
MAX_BYTES = 2**28
ASIDE = "damaged"
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


def is_text(path: Path) -> bool:
    """Tell whether a path can be written down in a file of text."""
    try:
        return bool(str(path).encode())
    except UnicodeEncodeError:
        return False


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with writing(path) as file:
        file.write(text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    with writing(path) as file:
        file.write(content)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its place when it is complete and on disk; an OSError names it."""
    aside = temporary(path)
    try:
        with open(aside, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in {None, str(aside), aside}:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    flush_folder(path.parent)


def create_text(path: Path, text: str) -> None:
    """Write a text file that is not there yet, whole or not at all."""
    with open(path, "x", encoding="utf-8", newline="\n") as file:
        try:
            file.write(text)
            file.flush()
        except OSError as error:
            path.unlink()
            raise OSError(error.errno, error.strerror, str(path)) from error


def write_text_if_other(path: Path, text: str) -> None:
    """Write a text file, unless it has that content already."""
    if not is_ordinary(path) or read_bytes(path) != text.encode():
        write_text(path, text)


def is_ordinary(path: Path) -> bool:
    """Tell whether there is a file that is neither a link nor a device, a pipe or a folder."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def open_ordinary(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open an ordinary file of a bearable size; OSError for anything else."""
    # Opening a pipe would wait for its other end.
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if path.is_symlink():
        raise _refused(path, "is a link; a results folder holds its own files")
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666)
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES:
        return handle
    os.close(handle)
    if stat.S_ISREG(status.st_mode):
        raise _refused(path, f"is larger than {MAX_BYTES:,} bytes")
    raise _refused(path, "is no ordinary file")


def read_bytes(path: Path) -> bytes:
    """Read an ordinary file of a bearable size; OSError for anything else."""
    with os.fdopen(open_ordinary(path), "rb") as file:
        return file.read()


def read_text(path: Path) -> str:
    """Read an ordinary file of text; OSError or UnicodeDecodeError for anything else."""
    return read_bytes(path).decode("utf-8")


def _refused(path: Path, why: str) -> OSError:
    return OSError(errno.EINVAL, why, str(path))


def refuse_strange(folder: Path) -> None:
    """Refuse a folder that holds a link, a pipe or a device, which would lead elsewhere."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            refuse_strange(Path(entry.path))
        elif not entry.is_file(follow_symlinks=False):
            what = "a link" if entry.is_symlink() else "a pipe or a device"
            raise StoreError(
                f"{entry.path} is {what}, which is not followed: a results folder holds its own"
                " files; remove it, or put a copy in its place"
            )


def set_aside(folder: Path, path: Path) -> Path:
    """Move a file of a results folder to a place below it, and tell where."""
    place = folder / ASIDE / path.relative_to(folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    copies = 0
    while place.exists() or place.is_symlink():
        copies += 1
        place = place.with_name(f"{path.stem}-{copies}{path.suffix}")
    path.rename(place)
    return place


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
