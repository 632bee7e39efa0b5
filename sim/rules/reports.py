"""What reporters would see of an engagement."""

from __future__ import annotations

import math
from collections.abc import Sequence


def reported(uniform: float, unseen: float, killed: int) -> bool:
    """Whether an engagement is reported.

    It is missed with probability ``unseen * 2 ** -killed``.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    unseen : float
        Probability that an engagement without deaths is missed, 0 to 1.
    killed : int
        Killed on all sides [persons].

    Returns
    -------
    bool
        True when there is a report. Source: Weidmann 2015 JCR (media miss small events);
        form assumed.
    """
    for _ in range(killed):
        unseen *= 0.5
    return uniform >= unseen


def sources(uniform: float, most: int) -> int:
    """How many sources a report has.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    most : int
        Largest number, 1 or more.

    Returns
    -------
    int
        1 to `most`, all alike.
    """
    return min(most, 1 + int(uniform * most))


def repeats(uniform: float, own_count: float) -> bool:
    """Whether a further source repeats the first instead of counting for itself.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    own_count : float
        Probability that it counts for itself, 0 to 1.

    Returns
    -------
    bool
        True when it repeats the first.
    """
    return uniform >= own_count


def counted(uniform: float, cumulative: list[float]) -> int:
    """Persons that one source counts, or adds by mistake or as a claim.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    cumulative : sequence of float, shape (killed + 1,)
        Probability of at most 0, 1, ... persons, binomial; the last is 1.

    Returns
    -------
    int
        0 to the number killed.
    """
    number = 0
    while number < len(cumulative) - 1 and uniform >= cumulative[number]:
        number += 1
    return number


def best(counts: Sequence[int]) -> int:
    """Killed that a report gives as its best number: the median, halves rounded up.

    Parameters
    ----------
    counts : sequence of int, shape (sources,)
        Each source's count of the killed [persons].

    Returns
    -------
    int
        Between the lowest and the highest count.
    """
    total = 1
    for rank in (len(counts) // 2, (len(counts) - 1) // 2):
        found = counts[0]
        for count in counts:  # sorting takes seconds to compile, and sources are few
            below, up_to = 0, 0
            for other in counts:
                below += other < count
                up_to += other <= count
            if below <= rank < up_to:
                found = count
        total += found
    return int(total) // 2


def delay(uniform: float, shortest: float, longest: float) -> int:
    """Ticks from an engagement to its report.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    shortest, longest : float
        Range of the delay [ticks].

    Returns
    -------
    int
        Whole ticks, rounded half up, so that the mean delay does not hang on the tick.
    """
    return int(math.floor(shortest + uniform * (longest - shortest) + 0.5))


def attributed(uniform: float, unattributed: float) -> bool:
    """Whether a report says who attacked.

    Parameters
    ----------
    uniform : float
        A uniform in [0, 1).
    unattributed : float
        Probability that it does not, 0 to 1.

    Returns
    -------
    bool
        True when it names the attacker.
    """
    return uniform >= unattributed
