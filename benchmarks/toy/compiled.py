"""The toy world as a compiled engine runs it: whole replicates, by numba.

Draws come from `sim.draws`, compiled from its source. Three things make it fast. All hazard
decisions of a tick are one flat loop over (unit, rival) pairs that the compiler turns into
vector instructions; it compares the first word of each draw with a bound of the hazard, and
only the few pairs below it are looked at exactly. What is set at a hit is small and sparse.
Counts are inverted with tables that hold the same sums as the loop of the rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.toy import screening
from benchmarks.toy import world as toy
from benchmarks.toy.chunks import Logs, chunks
from benchmarks.toy.tables import Ints, state, tables
from sim import draws

BOUND_EVERY = 8
"""Ticks between two renewals of the bounds; between them they only get loose."""

inlined = numba.njit(forceinline=True, error_model="numpy")
philox = inlined(draws.philox)
unit_interval = inlined(draws.unit_interval)
second_round = inlined(screening.second_round)
first_word = inlined(screening.first_word)


@inlined
def both_uniforms(tick, agent, rival, purpose, seed, replicate):
    w0, w1, w2, w3 = philox(tick, agent, rival, purpose, seed, replicate)
    return unit_interval(w0, w1), unit_interval(w2, w3)


@inlined
def renew_bound(t, s, k):
    """Set what the first word of an attack cannot exceed; presence is left out."""
    hazard = (t.background[k] + toy.EXCITATION * s.grievance[k]) * s.obeys[k]
    s.bound[k] = np.uint32(min(hazard * 4294967296.0, 4294967295.0))


@inlined
def reset(t, s, replicate):
    s.strength[:] = t.strength
    s.grievance[:] = 0.0
    s.depth_in[:] = 0
    s.obeys[:] = 1.0
    s.deaths[:] = 0
    s.withdrawn[:] = 0
    s.recent[:] = 0.0
    s.settled[:] = 1
    s.arrival[:] = -1
    s.pending[:] = 0.0
    s.pending_depth[:] = -1
    for p in range(t.provinces):
        s.place[p] = p
    for u in range(s.strength.size):
        uniform, _ = both_uniforms(0, u, 0, toy.INITIAL, t.seed, replicate)
        s.compliance[u] = toy.COMPLIANCE_LEAST + toy.COMPLIANCE_RANGE * uniform


@inlined
def settle(t, s, tick):
    for p in range(t.provinces):
        if s.arrival[p] == tick:
            s.place[p] = s.target[p]
            s.arrival[p] = -1
            s.settled[s.place[p]] += 1
    for p in range(t.provinces):
        s.presence[p] = min(1.0, s.settled[p] / toy.SECURITY_FULL)


@inlined
def screen(t, s, tick, replicate):
    """Mark the pairs whose draw is not above their bound: the one loop over all pairs."""
    low_1, high_2, low_2 = t.screen.low_1, t.screen.high_2, t.screen.low_2
    bound, below = s.bound, s.below
    round_2 = second_round(tick, t.seed, replicate)
    for k in range(bound.size):
        below[k] = first_word(low_1[k], high_2[k], low_2[k], *round_2) <= bound[k]


@inlined
def inverted(table, uniform):
    k = 0
    while k < toy.POISSON_CAP and uniform >= table[k]:
        k += 1
    return k


@inlined
def casualties(t, s, n, tick, u, j, replicate):
    heavy, size = both_uniforms(tick, u, j, toy.SEVERITY_DRAW, t.seed, replicate)
    m = 1
    if heavy < toy.HEAVY:
        steps = math.floor(math.log(1.0 - size) / math.log(1.0 - toy.SEVERITY))
        m = min(toy.SEVERITY_CAP, 1 + int(steps))
    killed, wounded = both_uniforms(tick, u, j, toy.VICTIM, t.seed, replicate)
    s.counts[n, 0] = inverted(t.killed_target[m - 1], killed)
    s.counts[n, 1] = inverted(t.wounded_target[m - 1], wounded)
    killed, wounded = both_uniforms(tick, u, j, toy.ATTACKER, t.seed, replicate)
    s.counts[n, 2] = inverted(t.killed_attacker, killed)
    s.counts[n, 3] = inverted(t.wounded_attacker, wounded)


@inlined
def decide(t, s, n, tick, k, replicate):
    """Look exactly at a pair below its bound; 1 if it attacks, written to row n."""
    u, j = t.agent[k], t.rival[k]
    i = u // t.provinces
    p = u - i * t.provinces
    if s.strength[u] == 0 or s.strength[j * t.provinces + p] == 0:
        return 0
    excitation = toy.EXCITATION * s.grievance[k]
    wish = t.background[k] + excitation
    hazard = wish * (1.0 - toy.DETERRENCE * s.presence[p]) * s.obeys[k]
    attacks, cause = both_uniforms(tick, u, j, toy.DECIDE, t.seed, replicate)
    if not (attacks < hazard and attacks < 1.0 - math.exp(-hazard)):
        return 0
    s.hit[n] = k
    s.hazard[n] = hazard
    s.counts[n, 4] = s.depth_in[k] + 1 if cause * wish < excitation else 0
    casualties(t, s, n, tick, u, j, replicate)
    return 1


@inlined
def decide_all(t, s, tick, replicate):
    n = 0
    for word in range(s.below_words.size):
        if s.below_words[word] != 0:
            for k in range(8 * word, 8 * word + 8):
                if s.below[k] != 0:
                    n += decide(t, s, n, tick, k, replicate)
    return n


@inlined
def suffer(s, touched, k, harm, depth):
    if s.pending_depth[k] < 0:
        s.touched[touched] = k
        touched += 1
    s.pending[k] += harm
    s.pending_depth[k] = max(s.pending_depth[k], depth)
    return touched


@inlined
def apply(t, s, n, touched, tick, row):
    """Casualties, memory and spillover of row n of this tick; its line of the log."""
    k = s.hit[n]
    u, j = t.agent[k], t.rival[k]
    i = u // t.provinces
    p = u - i * t.provinces
    v = j * t.provinces + p
    back = i - (i > j)
    killed, wounded = min(s.counts[n, 0], s.strength[v]), s.counts[n, 1]
    s.strength[v] -= killed
    lost, hurt = min(s.counts[n, 2], s.strength[u]), s.counts[n, 3]
    s.strength[u] -= lost
    s.deaths[j] += killed
    s.deaths[i] += lost
    depth = s.counts[n, 4]
    harm = killed + toy.WOUND_WEIGHT * wounded
    touched = suffer(s, touched, v * (t.groups - 1) + back, harm, depth)
    for at in range(t.first_neighbour[p], t.first_neighbour[p + 1]):
        kin = j * t.provinces + t.neighbour[at]
        if s.strength[kin] > 0:
            pair = kin * (t.groups - 1) + back
            touched = suffer(s, touched, pair, toy.SPILLOVER * harm, depth)
    s.new[p] += (killed + lost) + toy.WOUND_WEIGHT * (wounded + hurt)
    row.tick, row.province, row.attacker, row.target = tick, p, i, j
    row.killed_target, row.wounded_target = killed, wounded
    row.killed_attacker, row.wounded_attacker = lost, hurt
    row.depth, row.hazard = depth, s.hazard[n]
    return touched


@inlined
def remember(t, s, touched):
    grievance = s.grievance
    for k in range(grievance.size):
        grievance[k] *= toy.KEEP
    for n in range(touched):
        k = s.touched[n]
        grievance[k] += s.pending[k]
        s.depth_in[k] = s.pending_depth[k]
        s.pending[k] = 0.0
        s.pending_depth[k] = -1
        renew_bound(t, s, k)


@inlined
def withdraw(t, s):
    rivals = t.groups - 1
    for i in range(t.groups):
        if s.deaths[i] > toy.WITHDRAW_AT and s.withdrawn[i] == 0:
            s.withdrawn[i] = 1
            for u in range(i * t.provinces, (i + 1) * t.provinces):
                s.obeys[u * rivals : (u + 1) * rivals] = 1.0 - s.compliance[u]


@inlined
def deploy(t, s, tick, replicate):
    recent = s.recent
    for p in range(t.provinces):
        recent[p] = recent[p] * toy.KEEP_RECENT + s.new[p]
        s.new[p] = 0.0
    for unit in range((toy.REVIEW - tick % toy.REVIEW) % toy.REVIEW, t.provinces, toy.REVIEW):
        if s.arrival[unit] < 0:
            here = s.place[unit]
            best, bar = here, recent[here] + toy.MARGIN
            for at in range(t.first_neighbour[here], t.first_neighbour[here + 1]):
                if recent[t.neighbour[at]] > bar:
                    best = t.neighbour[at]
                    bar = recent[best]
            if best != here:
                agent = s.strength.size + unit
                goes, _ = both_uniforms(tick, agent, 0, toy.MOVE, t.seed, replicate)
                if goes < toy.MOVE_CHANCE:
                    s.target[unit] = best
                    s.arrival[unit] = tick + toy.TRANSIT
                    s.settled[here] -= 1


@inlined
def run(t, s, replicate, log, row):
    """One replicate; the row after its last, or -1 if the log is full."""
    reset(t, s, replicate)
    for tick in range(t.ticks):
        settle(t, s, tick)
        if tick % BOUND_EVERY == 0:
            for k in range(s.bound.size):
                renew_bound(t, s, k)
        screen(t, s, tick, replicate)
        hits = decide_all(t, s, tick, replicate)
        if row + hits > log.size:
            return -1
        touched = 0
        for n in range(hits):
            touched = apply(t, s, n, touched, tick, log[row])
            row += 1
        remember(t, s, touched)
        if hits > 0:
            withdraw(t, s)
        deploy(t, s, tick, replicate)
    return row


@numba.njit(nogil=True, error_model="numpy")
def run_many(t, s, first, ends, log):
    """Replicates from ``first`` on into one log; how many fitted."""
    row = 0
    for n in range(ends.size):
        row = run(t, s, first + n, log, row)
        if row < 0:
            return n
        ends[n] = row
    return ends.size


def logs(world: toy.World, first: int, count: int) -> Iterator[Logs]:
    """Yield logs of replicates from ``first`` on, a chunk at a time."""
    shared = tables(world)
    own = state(world, shared.agent.size)

    def run(first: int, ends: Ints, log: NDArray[np.void]) -> int:
        return run_many(shared, own, first, ends, log)

    return chunks(run, first, count)
