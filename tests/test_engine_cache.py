"""Where machine code is kept, and that nobody pays for it who runs nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from sim.engine import cache

find = cache.folder.__wrapped__


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache folder that is there, and temporary files beside it."""
    monkeypatch.delenv(cache.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return tmp_path


def closed(path: Path) -> None:
    """Put a file where a folder should be: nobody can write there, not even an administrator."""
    path.parent.mkdir(exist_ok=True, parents=True)
    path.touch()


def test_it_is_a_private_folder_in_the_users_cache(place: Path) -> None:
    kept = find()
    assert kept.parent == place / "caches" / "reprisal"
    assert {kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777} == {0o700}
    assert find() == kept


def test_what_others_may_write_by_default_does_not_matter(place: Path) -> None:
    before = os.umask(0o002)
    try:
        assert find().is_relative_to(place / "caches")
    finally:
        os.umask(before)


def test_a_read_only_home_falls_back_to_temporary_files(place: Path) -> None:
    closed(place / "caches")
    assert find().parent == place / "temporary" / f"reprisal-{os.getuid()}"


def test_without_any_place_nothing_is_ready(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed(place / "caches")
    monkeypatch.setenv(cache.VARIABLE, str(place / "caches" / "named"))
    assert find() is None
    monkeypatch.setattr(cache, "folder", lambda: None)
    assert not cache.is_ready()
    cache.mark_ready(cache.RUNS)
    assert not cache.is_ready()


def test_a_named_place_is_the_only_one(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(place / "mine"))
    assert find().parent == place / "mine"
    assert not (place / "caches").exists()


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_place_that_others_can_write_to_is_not_used(place: Path, mode: int) -> None:
    first = find()
    for open_to_others in (first, first.parent):
        open_to_others.chmod(mode)
        assert find().is_relative_to(place / "temporary")
        open_to_others.chmod(0o700)
    assert find() == first


@pytest.mark.skipif(os.getuid() != 0, reason="only an administrator can give a file away")
def test_a_place_of_somebody_else_is_not_used(place: Path) -> None:
    first = find()
    os.chown(first.parent, 1, -1)
    assert find().is_relative_to(place / "temporary")
    shutil.rmtree(first.parent)
    (place / "own").mkdir(mode=0o700)
    first.parent.symlink_to(place / "own")
    assert find() == first
    os.chown(first.parent, 1, -1, follow_symlinks=False)
    assert find().is_relative_to(place / "temporary")


@pytest.mark.usefixtures("place")
def test_it_is_ready_when_it_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = find()
    monkeypatch.setattr(cache, "folder", lambda: kept)
    assert not cache.is_ready()
    cache.mark_ready(cache.RUNS)
    assert cache.is_ready()


@pytest.mark.usefixtures("place")
def test_old_versions_are_forgotten_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = find()
    monkeypatch.setattr(cache, "folder", lambda: kept)
    old = [kept.parent / f"{number:024x}" for number in range(cache.VERSIONS_KEPT)]
    for number, version in enumerate(old):
        version.mkdir()
        os.utime(version, (number, number))
    (kept.parent / "notes").mkdir()
    cache.mark_ready(cache.RUNS)
    left = {path.name for path in kept.parent.iterdir()}
    assert left == {kept.name, "notes", *(version.name for version in old[1:])}


@pytest.mark.parametrize(
    "source", ["rules/grievance.py", "step/tick.py", "draws.py", "world/shapes.py"]
)
def test_a_changed_source_is_another_version(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = cache._version()
    tree = tmp_path / "sim"
    shutil.copytree(Path(cache.__file__).parents[1], tree)
    monkeypatch.setattr(cache, "__file__", str(tree / "engine" / "cache.py"))
    copied = cache._version()
    assert copied != here, "each place has a folder of its own"
    assert cache._version() == copied
    with open(tree / source, "a") as file:
        file.write("\n")
    assert cache._version() != copied
