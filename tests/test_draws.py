"""Draws: published vectors, scalar against vectorised, uniformity, independent addresses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim import draws

ONES = 0xFFFFFFFF
# Known-answer vectors of Random123 for philox4x32-10: counter, key, result.
VECTORS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), VECTORS)
def test_philox_gives_the_published_words(counter, key, words):
    assert draws.philox(*counter, *key) == words


@pytest.mark.parametrize(("counter", "key", "words"), VECTORS)
def test_vectorised_draws_use_the_same_words(counter, key, words):
    tick, agent, rival, purpose = counter
    first, second = draws.uniforms_of_ticks(
        *key, np.array([tick]), np.array([agent]), np.array([rival]), purpose
    )
    assert first[0, 0] == draws.unit_interval(*words[:2])
    assert second[0, 0] == draws.unit_interval(*words[2:])


def test_vectorised_draws_equal_scalar_draws():
    ticks, agents, rivals = np.arange(5, 12), np.array([3, ONES, 77]), np.array([1, 2, ONES])
    first, second = draws.uniforms_of_ticks(9, 4, ticks, agents, rivals, draws.Purpose.ATTACK)
    for t, tick in enumerate(ticks):
        for n in range(3):
            scalar = draws.uniforms(
                9, 4, int(tick), int(agents[n]), int(rivals[n]), draws.Purpose.ATTACK
            )
            assert (first[t, n], second[t, n]) == scalar


def test_draws_at_many_addresses_equal_scalar_draws():
    ticks, purposes = np.array([[5], [ONES]]), np.array([15, draws.of_source(17, 3)])
    made = draws.uniforms_at(9, 4, ticks, np.array(7), np.array(8), purposes)
    for t, tick in enumerate((5, ONES)):
        for p, purpose in enumerate((15, 17 + 3 * 65_536)):
            scalar = draws.uniforms(9, 4, tick, 7, 8, purpose)
            assert (made[0][t, p], made[1][t, p]) == scalar


def test_uniforms_are_uniform_over_every_part_of_the_address():
    """Kolmogorov-Smirnov at 1e-4 each: false alarm below 1 in 1,000 for the six tests."""
    for part in range(6):
        address = [1, 2, 3, 4, 5, 6]
        sample = []
        for value in range(4000):
            address[part] = value
            sample.extend(draws.uniforms(*address))
        assert stats.kstest(sample, "uniform").pvalue > 1e-4


def test_uniforms_stay_below_one():
    assert draws.unit_interval(ONES, ONES) == 1 - 2**-53
    assert draws.unit_interval(0, 0) == 0.0


def test_eight_ticks_share_the_words_of_a_block_two_in_each():
    counter, key, words = VECTORS[-1]
    first, agent, rival, purpose = counter
    halves = [half for word in words for half in (word & 0xFFFF, word >> 16)]
    assert [
        draws.word(*key, 8 * first + place, agent, rival, purpose) for place in range(8)
    ] == halves


def test_a_refined_word_is_uniform_and_independent_of_its_neighbours():
    """Kolmogorov-Smirnov and correlation of neighbours: false alarm below 1 in 5,000."""
    sample = [
        draws.refined(
            draws.word(1, 2, tick, 3, 4, draws.Purpose.SCREEN),
            draws.uniforms(1, 2, tick, 3, 4, draws.Purpose.ATTACK)[0],
        )
        for tick in range(8000)
    ]
    assert stats.kstest(sample, "uniform").pvalue > 1e-4
    assert stats.pearsonr(sample[:-1], sample[1:]).pvalue > 1e-4


def test_a_refined_word_keeps_its_first_bits_and_stays_below_one():
    assert draws.refined(3, 0.0) == 3 / 65536
    assert draws.refined(3, 1 - 2**-53) <= 4 / 65536
    assert draws.refined(0xFFFF, 1 - 2**-53) < 1.0


def test_purposes_are_written_out_and_distinct():
    written = {
        "ATTACK": 1,
        "PARENT": 2,
        "KILLED": 3,
        "WOUNDED": 4,
        "WOUNDED_ROUNDING": 5,
        "COMPLIANCE": 6,
        "SHOCK_LAG": 7,
        "CALENDAR": 8,
        "THIRD_SIDE": 9,
        "THIRD_SIDE_LOSSES": 10,
        "COMMANDER": 11,
        "OFFICES": 12,
        "SPLINTER": 13,
        "UNASKED": 14,
        "REPORT": 15,
        "REPORT_TEXT": 16,
        "COUNT": 17,
        "OWN_COUNT": 18,
        "OWN_RULE": 19,
        "BATTLE": 20,
        "DECISION": 21,
        "CEASEFIRE": 22,
        "REFUSAL": 23,
        "CIVILIANS": 24,
        "SCREEN": 25,
    }
    assert {purpose.name: purpose.value for purpose in draws.Purpose} == written


def test_addresses_depend_on_keys_alone():
    assert draws.address("red", "north") == draws.address("red", "north")
    assert draws.address("red", "north") != draws.address("north", "red")
    assert 0 <= draws.address("red") <= ONES
