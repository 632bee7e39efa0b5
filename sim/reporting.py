"""What reporters would see of a finished run: true engagements become reports.

Reports are made from the engagements alone and feed back on nothing, so every engine shares
this module and no switch here moves another draw.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import draws, tables
from sim.draws import Purpose, of_source
from sim.records import TABLES
from sim.rules import reports as rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.parameters import Reports
    from sim.world import World

Table = dict[str, NDArray[Any]]


def reports_of(
    engagements: Mapping[str, NDArray[Any]], world: World, seed: int, replicate: int
) -> Table:
    """Make the reports on one run.

    Parameters
    ----------
    engagements : mapping of str to ndarray
        The run's engagement table, labels as codes; at most one row per tick, attacker,
        target and province.
    world : World
        The world that ran.
    seed, replicate : int
        Key of the run, 0 to 2**32 - 1 each.

    Returns
    -------
    dict of str to ndarray
        Columns of `sim.records.REPORTS` but ``scenario``, in order of appearance; labels as
        codes. Empty when ``reports.enabled`` is false.
    """
    settings = world.scenario.reports
    made = _made(engagements, world, seed, replicate) if settings.enabled else []
    columns = np.array(sorted(made), np.int64).reshape(-1, 8)
    tick, number, sources, low, best, high, delay, named = columns.T
    nobody = world.labels["attributed_to"].index("")
    values: Table = {
        "replicate": np.full(len(columns), replicate),
        "report": np.arange(len(columns)),
        "engagement": number,
        "tick": tick,
        "time": world.times(tick),
        "province": engagements["province"][number],
        "attributed_to": np.where(named, engagements["attacker"][number], nobody),
        "target": engagements["target"][number],
        "sources": sources,
        "killed_low": low,
        "killed_best": best,
        "killed_high": high,
        "lag": delay * world.tick_hours,
    }
    kinds = {column.name: column.numpy for column in TABLES["reports"]}
    return {name: column.astype(kinds[name]) for name, column in values.items()}


def _made(
    engagements: Mapping[str, NDArray[Any]], world: World, seed: int, replicate: int
) -> list[tuple[int, ...]]:
    """One tuple per report, beginning with its tick and its engagement."""
    settings = world.scenario.reports
    first, second = _uniforms(engagements, world, seed, replicate)
    killed = sum(engagements[f"{side}_killed"] for side in ("attacker", "target", "security"))
    shortest, longest = world.ticks(settings.lag_min), world.ticks(settings.lag_max)
    made: list[tuple[int, ...]] = []
    for number, (tick, dead) in enumerate(
        zip(engagements["tick"].tolist(), np.asarray(killed).tolist(), strict=True)
    ):
        luck, other = first[number], second[number]
        if not rules.reported(luck[0], settings.unseen, dead):
            continue
        counts = _counts(settings, dead, luck, other)
        delay = rules.delay(luck[1], shortest, longest)
        named = rules.attributed(other[1], settings.unattributed)
        numbers = (min(counts), rules.best(counts), max(counts))
        made.append((tick + delay, number, len(counts), *numbers, delay, int(named)))
    return made


def _counts(settings: Reports, dead: int, luck: list[float], other: list[float]) -> list[int]:
    """Each source's count of the killed; uniforms as in `_uniforms`."""
    seen, claimed = _binomial(dead, settings.seen_share), _binomial(dead, settings.claim_bias)
    counts: list[int] = []
    for source in range(rules.sources(other[0], settings.sources_max)):
        at = 2 + 2 * source
        if source and rules.repeats(luck[at + 1], settings.own_count):
            counts.append(counts[0])
        else:
            counts.append(rules.counted(luck[at], seen) + rules.counted(other[at], claimed))
    return counts


def _uniforms(
    engagements: Mapping[str, NDArray[Any]], world: World, seed: int, replicate: int
) -> tuple[list[list[float]], list[list[float]]]:
    """First and second uniforms of every engagement.

    Each row holds those of ``REPORT`` and ``REPORT_TEXT``, then ``COUNT`` and ``OWN_COUNT``
    of each source; the address is that of the attacking unit and its rival.
    """
    most = world.scenario.reports.sources_max
    each = [of_source(p, s) for s in range(most) for p in (Purpose.COUNT, Purpose.OWN_COUNT)]
    unit = np.zeros((len(world.labels["attacker"]), len(world.labels["province"])), np.int64)
    unit[world.unit_group, world.unit_province] = world.unit_address
    rival = np.array([draws.address(key) for key in world.labels["target"]], np.int64)
    first, second = draws.uniforms_at(
        seed,
        replicate,
        engagements["tick"][:, None],
        unit[engagements["attacker"], engagements["province"]][:, None],
        rival[engagements["target"]][:, None],
        np.array([Purpose.REPORT, Purpose.REPORT_TEXT, *each], np.int64),
    )
    return first.tolist(), second.tolist()


@lru_cache(maxsize=512)
def _binomial(number: int, share: float) -> list[float]:
    """Table of one number of killed as plain numbers, made once per process."""
    made: list[float] = tables.binomial(number, share).tolist()
    return made
