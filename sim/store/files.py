"""Files that are whole or absent: written aside, flushed to disk, then put in place."""

from __future__ import annotations

import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write a text file in one act.

    Parameters
    ----------
    path : Path
        Where; the folder exists.
    text : str
        The content, UTF-8.

    Raises
    ------
    OSError
        When it cannot be written; `path` then still has its old content.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make renamed files of a folder survive a power cut, where the system can.

    Parameters
    ----------
    folder : Path
        An existing folder.
    """
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
