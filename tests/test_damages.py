"""Whatever is hurt in a results folder is found, named and mended: some of `tests.damages`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.store import checks, files
from tests import damages

WAYS = 8


@pytest.mark.parametrize("number", [8, pytest.param(40, marks=pytest.mark.slow)])
def test_damages_are_found_named_and_mended(number: int, tmp_path: Path) -> None:
    tally = damages.damage(number, tmp_path)
    assert tally.damages.total() == number
    assert not tally.wrong, tally.text
    if number > 2 * WAYS:
        assert len(tally.damages) == WAYS


def test_a_damage_that_is_not_found_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: object) -> Iterator[None]:
        yield from ()

    monkeypatch.setattr(checks.filechecks, "check", nothing)
    monkeypatch.setattr(files, "sha256", lambda _: "")
    tally = damages.damage(3, tmp_path)
    assert tally.wrong
