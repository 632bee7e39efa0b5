"""Read one scenario file into a tree of values with places."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path as FilePath

from sim import shipped
from sim.scenario.places import Node, Path, Place
from sim.scenario.problems import Problem, ScenarioError, nearest, show
from sim.scenario.yamltree import place_at, read_text

# Far above any scenario; read at some 2 MB/s, so nothing takes more than a moment.
MAX_BYTES = 1_000_000
SCENARIO = "scenario"
MOST_NEAR = 3
LISTING = "'reprisal show' names them"


def read_file(
    path: FilePath, asked_at: Place | None = None, kind: str = SCENARIO, quick: bool = False
) -> tuple[Node, list[Problem]]:
    """Read a scenario file, or another one of the same form; ``quick`` is that of `read_text`."""
    place = asked_at or Place(str(path))
    steps: Path = ("extends",) if asked_at else ()
    return tree_of_text(_file_text(path, place, steps, kind), path, kind, quick)


def tree_of_text(
    text: str, path: FilePath, kind: str = SCENARIO, quick: bool = False
) -> tuple[Node, list[Problem]]:
    """Read the text of a file, which need not be there."""
    root, problems = _parsed(text, str(path), kind, quick)
    return root, list(problems)


@lru_cache(maxsize=64)  # scenarios of a batch extend the same file, and parsing it is slow
def _parsed(text: str, file: str, kind: str, quick: bool) -> tuple[Node, tuple[Problem, ...]]:
    root, problems = read_text(text, Place(file, 1, 1), quick)
    if root.value is None:
        begin = "; it may begin with 'extends: two-groups'" if kind == SCENARIO else ""
        problems.append(Problem(root.place, (), f"the file is empty{begin}"))
        raise ScenarioError(problems)
    if not isinstance(root.value, dict):
        message = f"a {kind} is a mapping of keys to values"
        problems.append(Problem(root.place, (), message, show(root.value)))
        raise ScenarioError(problems)
    return root, tuple(problems)


def _file_text(path: FilePath, place: Place, steps: Path, kind: str) -> str:
    def shown(file: FilePath) -> str:
        return os.path.relpath(file, FilePath(place.file).parent) if steps else str(file)

    def fail(message: str, near: str = "") -> ScenarioError:
        got = show(shown(path)) if steps else ""
        return ScenarioError([Problem(place, steps, message, got, nearest=near)])

    try:
        if path.is_dir():
            raise fail(f"is a folder; needs a {kind} file", _hidden(shown(path)))
        if not path.exists():
            near = _near_file(path)
            raise fail(*_missing(shown(path), shown(near) if near else "", kind))
        if not path.is_file():
            raise fail("is no regular file")
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise fail(f"cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:
        raise fail(f"is larger than {MAX_BYTES // 1_000_000} MB, the largest allowed")
    return _decode(data, str(path))


def _hidden(name: str) -> str:
    """Name the shipped scenario that a folder of the same name hides."""
    return f"{name}{shipped.SUFFIX}" if name in shipped.names() else ""


def _missing(name: str, near: str, kind: str) -> tuple[str, str]:
    """Say that a file is missing, and which own or shipped one may have been meant."""
    if kind != SCENARIO:
        return "no such file", near
    known = nearest(FilePath(name).stem, shipped.names(), 1 if near else MOST_NEAR)
    names = " or ".join(text for text in (near, known) if text)
    if not shipped.is_name(name) or FilePath(name).suffix:
        return "no such file", near or known
    return f"no such file, and no shipped scenario; {LISTING}", names


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        place = place_at(before, len(before), file)
        got = f"byte 0x{data[error.start]:02x}"
        raise ScenarioError(
            [Problem(place, (), "the file is not UTF-8 text; save it as such", got)]
        ) from None


def _near_file(path: FilePath) -> FilePath | None:
    wanted = path if path.suffix else path.with_name(f"{path.name}{shipped.SUFFIX}")
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == wanted.suffix]
    except OSError:
        return None
    near = nearest(wanted.name, sorted(names))
    return path.with_name(near) if near else None
