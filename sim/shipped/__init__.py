"""The scenario files that come with Reprisal, found by name.

In a checkout they lie in ``scenarios/`` at its top. In an installed copy they lie in this folder,
where ``hatch_build.py`` puts them. A file or folder of the user always comes first.
"""

from __future__ import annotations

import os
from pathlib import Path

SUFFIX = ".yaml"
SCENARIOS = "scenarios"
TARGETS = "targets"
_HERE = Path(__file__).resolve().parent


def folder() -> Path:
    """Give the folder of the shipped scenarios; targets and posteriors lie below it."""
    installed = _HERE / SCENARIOS
    return installed if installed.is_dir() else _HERE.parents[1] / SCENARIOS


def names(kind: str = "") -> list[str]:
    """List the names of the shipped files."""
    return sorted(file.stem for file in (folder() / kind).glob(f"*{SUFFIX}"))


def is_name(path: Path | str) -> bool:
    """Tell whether a path can be a shipped name: one step, with or without ``.yaml``."""
    text = str(path)
    return bool(text.strip(".")) and "\0" not in text and Path(text).name == text


def find(path: Path, kind: str = "") -> Path:
    """Find the file that a user means."""
    if not is_name(path) or os.path.lexists(path):
        return path
    file = _file_name(path.name)
    places = [Path(file), Path(SCENARIOS, kind, file), folder() / kind / file]
    return next((place for place in places if place.is_file()), path)


def parent(child: Path, name: str) -> Path:
    """Find the file that another one extends."""
    beside = Path(os.path.normpath(child.parent / name))
    if not is_name(name) or os.path.lexists(beside):
        return beside
    file = _file_name(name)
    own = beside.with_name(file)
    itself = os.path.realpath(own) == os.path.realpath(child)
    places = [*([] if itself else [own]), folder() / file]
    return next((place for place in places if place.is_file()), beside)


def label(path: Path) -> str:
    """Write a path as its user knows it: the name of a shipped file, else the path."""
    shown = path.stem if path.is_absolute() and path.parent == folder() else str(path)
    return shown.encode(errors="backslashreplace").decode()


def is_installed(path: Path) -> bool:
    """Tell whether a file is part of an installed copy, where nothing of the user belongs."""
    return _HERE in path.resolve().parents


def _file_name(name: str) -> str:
    return name if name.endswith(SUFFIX) else f"{name}{SUFFIX}"
