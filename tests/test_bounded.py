"""What is kept to be used again stays within its bound, and serves what comes in turn."""

from __future__ import annotations

import threading
import time

import pytest

from sim.bounded import Bounded


def test_what_fits_is_made_once_and_what_does_not_is_made_again() -> None:
    made: list[str] = []
    lengths = Bounded(lambda word: made.append(word) or len(word), 3)
    for word in ("a", "bb", "ccc", "a", "bb", "ccc"):
        assert lengths(word) == len(word)
    assert made == ["a", "bb", "ccc"]
    lengths("dddd")
    assert len(lengths._held) == 3
    lengths.clear()
    lengths("a")
    assert made == ["a", "bb", "ccc", "dddd", "a"]


def test_its_weight_counts_and_what_is_too_heavy_stands_alone() -> None:
    words = Bounded(lambda number: "x" * number, 10, len)
    for number in (4, 5, 7, 3, 2, 6, 1):
        words(number)
        assert sum(map(len, words._held.values())) <= 10
        assert words._room == 10 - sum(map(len, words._held.values()))
    assert words(50) == "x" * 50
    assert list(words._held) == [50]
    words(2)
    assert list(words._held) == [2]


def test_threads_may_use_it_at_once() -> None:
    numbers = Bounded(lambda number: number, 20, lambda _: time.sleep(0) or 1.0)
    found: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: found.append([numbers(each) for each in range(2000)]))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [list(range(2000))] * 3
    assert sorted(numbers._keys) == sorted(numbers._held)
    assert (len(numbers._held), numbers._room) == (20, 0)


@pytest.mark.parametrize(("points", "share"), [(100, 1.0), (125, 0.6), (200, 0.2)])
def test_of_what_comes_in_turn_a_share_is_there(points: int, share: float) -> None:
    """The oldest would always go just before its turn: none would be there."""
    made: list[int] = []
    point = Bounded(lambda number: made.append(number) or number, 100)
    for turn in range(20 * points):
        point(turn % points)
    assert 1 - (len(made) - points) / (19 * points) >= share
