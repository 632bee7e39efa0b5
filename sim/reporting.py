"""What reporters would see of finished runs: true engagements become reports.

Reports are made from the engagements alone and feed back on nothing, so every engine shares
this module and no switch here moves another draw.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import draws, tables
from sim.draws import Purpose, of_source, uniforms
from sim.records import DEAD, TABLES
from sim.rules import reports as rules
from sim.tables import Floats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.world import World

Table = dict[str, NDArray[Any]]
Ints = NDArray[np.int64]

REPORT, REPORT_TEXT = int(Purpose.REPORT), int(Purpose.REPORT_TEXT)
COUNT, OWN_COUNT = int(Purpose.COUNT), int(Purpose.OWN_COUNT)
REPLICATE, TICK, AGENT, RIVAL, KILLED, TABLE = range(6)
ROW, APPEARS, SOURCES, LOW, BEST, HIGH, DELAY, NAMED = range(8)


def write_reports(
    seed: int,
    told: Any,
    seen: Any,
    claimed: Any,
    chances: tuple[float, float, float],
    delays: tuple[float, float],
    counts: Any,
    made: Ints,
) -> int:
    """Write the reports on engagements, one after the other; interpreted or compiled.

    Interpreted, tables are lists of plain numbers, since numpy's whole numbers warn where a
    draw wraps.
    """
    unseen, own_count, unattributed = chances
    number = 0
    for row in range(len(told)):
        facts = told[row]
        replicate, tick, agent = facts[REPLICATE], facts[TICK], facts[AGENT]
        rival, killed = facts[RIVAL], facts[KILLED]
        luck, extent = uniforms(seed, replicate, tick, agent, rival, REPORT)
        if not rules.reported(luck, unseen, killed):
            continue
        when, who = uniforms(seed, replicate, tick, agent, rival, REPORT_TEXT)
        begin, end = facts[TABLE], facts[TABLE] + killed + 1
        sources = rules.sources(extent, len(counts))
        for source in range(sources):
            own, _ = uniforms(seed, replicate, tick, agent, rival, of_source(OWN_COUNT, source))
            if source > 0 and rules.repeats(own, own_count):
                counts[source] = counts[0]
                continue
            saw, says = uniforms(seed, replicate, tick, agent, rival, of_source(COUNT, source))
            counts[source] = rules.counted(saw, seen[begin:end]) + rules.counted(
                says, claimed[begin:end]
            )
        delay = rules.delay(when, delays[0], delays[1])
        made[number, ROW], made[number, APPEARS] = row, tick + delay
        made[number, SOURCES], made[number, DELAY] = sources, delay
        low = high = counts[0]
        for source in range(1, sources):
            low, high = min(low, counts[source]), max(high, counts[source])
        made[number, LOW], made[number, HIGH] = low, high
        made[number, BEST] = rules.best(counts[:sources])
        made[number, NAMED] = rules.attributed(who, unattributed)
        number += 1
    return number


def interpreted(seed: int, told: Ints, seen: Floats, claimed: Floats, *others: Any) -> int:
    """Call `write_reports` as it is, on lists."""
    return write_reports(seed, told.tolist(), seen.tolist(), claimed.tolist(), *others)


def reports_of(
    engagements: Mapping[str, NDArray[Any]],
    world: World,
    seed: int,
    write: Callable[..., int] = interpreted,
) -> Table:
    """Make the reports on some runs."""
    made = _made(engagements, world, seed, write)
    row, tick, sources, low, best, high, delay, named = made.T
    replicate = engagements["replicate"][row]
    nobody = world.labels["attributed_to"].index("")
    values: Table = {
        "replicate": replicate,
        "report": _number_within(replicate),
        "engagement": engagements["engagement"][row],
        "tick": tick,
        "time": world.times(tick),
        "province": engagements["province"][row],
        "attributed_to": np.where(named, engagements["attacker"][row], nobody),
        "target": engagements["target"][row],
        "sources": sources,
        "killed_low": low,
        "killed_best": best,
        "killed_high": high,
        "lag": delay * world.tick_hours,
    }
    kinds = {column.name: column.numpy for column in TABLES["reports"]}
    return {name: column.astype(kinds[name]) for name, column in values.items()}


def _made(
    engagements: Mapping[str, NDArray[Any]], world: World, seed: int, write: Callable[..., int]
) -> Ints:
    """Rows as `write_reports` makes them, by replicate, tick and engagement."""
    settings = world.scenario.reports
    made = np.zeros((len(engagements["tick"]), 8), np.int64)
    if not settings.enabled:
        return made[:0]
    told = _told(engagements, world)
    seen, begins = _binomials(told[:, KILLED], settings.seen_share)
    claimed, _ = _binomials(told[:, KILLED], settings.claim_bias)
    told[:, TABLE] = begins[told[:, KILLED]]
    number = write(
        seed,
        told,
        seen,
        claimed,
        (settings.unseen, settings.own_count, settings.unattributed),
        (world.ticks(settings.lag_min), world.ticks(settings.lag_max)),
        np.zeros(settings.sources_max, np.int64),
        made,
    )
    made = made[:number]
    return made[np.lexsort((made[:, ROW], made[:, APPEARS], told[made[:, ROW], REPLICATE]))]


def _told(engagements: Mapping[str, NDArray[Any]], world: World) -> Ints:
    unit = np.zeros((len(world.labels["attacker"]), len(world.labels["province"])), np.int64)
    unit[world.unit_group, world.unit_province] = world.unit_address
    rival = np.array([draws.address(key) for key in world.labels["target"]], np.int64)
    told = np.zeros((len(engagements["tick"]), 6), np.int64)
    told[:, REPLICATE], told[:, TICK] = engagements["replicate"], engagements["tick"]
    told[:, AGENT] = unit[engagements["attacker"], engagements["province"]]
    told[:, RIVAL] = rival[engagements["target"]]
    for dead in DEAD:
        told[:, KILLED] += engagements[dead]
    return told


def _number_within(replicates: NDArray[Any]) -> Ints:
    """Give rows their number within their run, from 0."""
    starts = np.flatnonzero(np.diff(replicates, prepend=-1))
    lengths = np.diff(np.append(starts, len(replicates)))
    return np.arange(len(replicates)) - np.repeat(starts, lengths)


def _binomials(killed: Ints, share: float) -> tuple[Floats, Ints]:
    """Tables of all numbers of killed that occur, end to end, and where each begins."""
    occur = np.unique(killed)
    begins = np.zeros(int(occur[-1]) + 1 if len(occur) else 1, np.int64)
    begins[occur] = np.cumsum(occur + 1) - (occur + 1)
    parts = [_binomial(int(number), share) for number in occur]
    return np.concatenate([np.empty(0), *parts]), begins


@lru_cache(maxsize=4096)
def _binomial(number: int, share: float) -> Floats:
    """Table of one number of killed, made once per process."""
    return tables.binomial(number, share)
