"""The toy world in numpy: every array has one row for each replicate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.toy import world as toy
from benchmarks.toy.chunks import Logs
from benchmarks.toy.tables import Floats, Ints
from sim import draws


class Chunk:
    """The state of replicates that walk side by side; shapes begin with (replicates,)."""

    def __init__(self, world: toy.World, replicates: Ints) -> None:
        self.world = world
        self.replicates = replicates
        groups, provinces, rows = world.groups, world.provinces, replicates.size
        self.unit = np.repeat(np.arange(world.units), groups - 1)
        self.group, self.province = np.divmod(self.unit, provinces)
        others = [[j for j in range(groups) if j != i] for i in range(groups)]
        self.rival = np.repeat(np.array(others), provinces, axis=0).ravel()
        self.rival_unit = self.rival * provinces + self.province
        self.background = toy.BACKGROUND * world.rivalry[self.group, self.rival]
        most = max(map(len, world.neighbours))
        self.neighbours = np.array([row + [-1] * (most - len(row)) for row in world.neighbours])
        self.inversion = [
            toy.poisson_tables(mean)
            for mean in (
                toy.KILLED_TARGET,
                toy.WOUNDED_TARGET,
                toy.KILLED_ATTACKER,
                toy.WOUNDED_ATTACKER,
            )
        ]
        self.strength = np.full((rows, world.units), world.strength)
        self.grievance = np.zeros((rows, world.pairs))
        self.pending = np.zeros((rows, world.pairs))
        self.depth = np.zeros((rows, world.pairs), np.int64)
        self.pending_depth = np.full((rows, world.pairs), -1)
        self.deaths = np.zeros((rows, groups), np.int64)
        self.withdrawn = np.zeros((rows, groups))
        self.recent = np.zeros((rows, provinces))
        self.new = np.zeros((rows, provinces))
        self.settled = np.ones((rows, provinces), np.int64)
        self.place = np.tile(np.arange(provinces), (rows, 1))
        self.target = np.zeros((rows, provinces), np.int64)
        self.arrival = np.full((rows, provinces), -1)
        rows_down = np.arange(rows)[:, None]
        first, _ = self.draw(rows_down, 0, np.arange(world.units), 0, toy.INITIAL)
        self.compliance = toy.COMPLIANCE_LEAST + toy.COMPLIANCE_RANGE * first

    def draw(
        self, row: Ints, tick: int, agent: Ints, rival: Ints | int, purpose: int
    ) -> tuple[Floats, Floats]:
        """Both uniforms; the second word of the key is an array, one for each row."""
        words = (np.array(tick), agent, np.array(rival), np.array(purpose))
        return draws.uniforms_at(self.world.seed, self.replicates[row], *words)

    def settle(self, tick: int) -> Floats:
        """Let security units arrive; presence by province."""
        row, unit = np.nonzero(self.arrival == tick)
        self.place[row, unit] = self.target[row, unit]
        self.arrival[row, unit] = -1
        np.add.at(self.settled, (row, self.place[row, unit]), 1)
        return np.minimum(1.0, self.settled / toy.SECURITY_FULL)

    def decide(self, tick: int, presence: Floats) -> tuple[Ints, Ints, Floats, Ints]:
        """Rows, pairs, hazards and depths of this tick's attacks, in the order of the log."""
        excitation = toy.EXCITATION * self.grievance
        wish = self.background + excitation
        deterred = (1.0 - toy.DETERRENCE * presence)[:, self.province]
        obeys = 1.0 - self.compliance * np.repeat(self.withdrawn, self.world.provinces, axis=1)
        hazard = wish * deterred * obeys[:, self.unit]
        rows = np.arange(self.replicates.size)[:, None]
        attacks, cause = self.draw(rows, tick, self.unit, self.rival, toy.DECIDE)
        alive = self.strength > 0
        row, pair = np.nonzero((attacks < hazard) & alive[:, self.unit] & alive[:, self.rival_unit])
        at = row, pair
        real = attacks[at] < 1.0 - np.exp(-hazard[at])
        row, pair = at = row[real], pair[real]
        reprisal = cause[at] * wish[at] < excitation[at]
        return row, pair, hazard[at], np.where(reprisal, self.depth[at] + 1, 0)

    def casualties(self, tick: int, row: Ints, pair: Ints) -> list[Ints]:
        """Killed and wounded of the target and of the attacker, before strength limits them."""
        address = (row, tick, self.unit[pair], self.rival[pair])
        heavy, size = self.draw(*address, toy.SEVERITY_DRAW)
        steps = np.floor(np.log(1.0 - size) / np.log(1.0 - toy.SEVERITY)).astype(np.int64)
        severity = np.where(heavy < toy.HEAVY, np.minimum(toy.SEVERITY_CAP - 1, steps), 0)
        uniforms = (*self.draw(*address, toy.VICTIM), *self.draw(*address, toy.ATTACKER))
        levels = (severity, severity, np.zeros_like(severity), np.zeros_like(severity))
        return [
            (uniform[:, None] >= table[level]).sum(axis=1)
            for uniform, table, level in zip(uniforms, self.inversion, levels, strict=True)
        ]

    def fight(self, tick: int) -> tuple[Ints, NDArray[np.void]]:
        """Rows and log lines of this tick's engagements."""
        row, pair, hazard, depth = self.decide(tick, self.settle(tick))
        log = np.zeros(row.size, toy.EVENT)
        tolls = self.casualties(tick, row, pair)
        rank = np.arange(row.size) - np.searchsorted(row, row)
        for wave in range(rank.max(initial=-1) + 1):
            at = np.nonzero(rank == wave)[0]
            toll = [counts[at] for counts in tolls]
            log[at] = self.suffer(tick, row[at], pair[at], toll, depth[at])
        log["hazard"] = hazard
        return row, log

    def suffer(
        self, tick: int, row: Ints, pair: Ints, toll: list[Ints], depth: Ints
    ) -> NDArray[np.void]:
        """Apply at most one engagement of each replicate; their log lines without hazard."""
        killed, wounded, lost, hurt = toll
        unit, target = self.unit[pair], self.rival_unit[pair]
        i, j, p = self.group[pair], self.rival[pair], self.province[pair]
        killed = np.minimum(killed, self.strength[row, target])
        self.strength[row, target] -= killed
        lost = np.minimum(lost, self.strength[row, unit])
        self.strength[row, unit] -= lost
        self.deaths[row, j] += killed
        self.deaths[row, i] += lost
        harm = killed + toy.WOUND_WEIGHT * wounded
        back = i - (i > j)
        self.blame(row, target, back, harm, depth)
        for column in self.neighbours.T:
            kin = j * self.world.provinces + column[p]
            some = np.nonzero((column[p] >= 0) & (self.strength[row, kin] > 0))[0]
            spill = toy.SPILLOVER * harm[some]
            self.blame(row[some], kin[some], back[some], spill, depth[some])
        self.new[row, p] += (killed + lost) + toy.WOUND_WEIGHT * (wounded + hurt)
        log = np.zeros(row.size, toy.EVENT)
        columns = (np.full_like(row, tick), p, i, j, killed, wounded, lost, hurt, depth)
        for name, values in zip(toy.EVENT.names, columns, strict=False):
            log[name] = values
        return log

    def blame(self, row: Ints, unit: Ints, rival: Ints, harm: Floats, depth: Ints) -> None:
        """Note harm with units, at most one of each replicate."""
        at = row, unit * (self.world.groups - 1) + rival
        self.pending[at] += harm
        self.pending_depth[at] = np.maximum(self.pending_depth[at], depth)

    def remember(self) -> None:
        """Memory fades and takes up the tick; groups with too many deaths withdraw."""
        self.grievance *= toy.KEEP
        self.grievance += self.pending
        np.copyto(self.depth, self.pending_depth, where=self.pending_depth >= 0)
        self.pending[:] = 0.0
        self.pending_depth[:] = -1
        self.withdrawn[self.deaths > toy.WITHDRAW_AT] = 1.0
        self.recent = self.recent * toy.KEEP_RECENT + self.new
        self.new[:] = 0.0

    def deploy(self, tick: int) -> None:
        """Review a fifth of the security units."""
        units = np.arange(-tick % toy.REVIEW, self.world.provinces, toy.REVIEW)
        place = self.place[:, units]
        rows = np.arange(self.replicates.size)[:, None]
        near = self.neighbours[place]
        seen = np.where(near >= 0, self.recent[rows[..., None], near], -np.inf)
        best = seen.argmax(axis=2)
        leaves = (self.arrival[:, units] < 0) & (
            seen.max(axis=2) > self.recent[rows, place] + toy.MARGIN
        )
        row, n = np.nonzero(leaves)
        uniforms, _ = self.draw(row, tick, self.world.units + units[n], 0, toy.MOVE)
        row, n = row[uniforms < toy.MOVE_CHANCE], n[uniforms < toy.MOVE_CHANCE]
        unit = units[n]
        self.target[row, unit] = near[row, n, best[row, n]]
        self.arrival[row, unit] = tick + toy.TRANSIT
        np.subtract.at(self.settled, (row, place[row, n]), 1)

    def run(self) -> Logs:
        """Give logs of the replicates one after the other, and where each ends."""
        rows, logs = [], []
        for tick in range(self.world.ticks):
            row, log = self.fight(tick)
            rows.append(row)
            logs.append(log)
            self.remember()
            self.deploy(tick)
        row = np.concatenate(rows)
        order = np.argsort(row, kind="stable")
        return np.concatenate(logs)[order], np.cumsum(np.bincount(row, minlength=len(self.new)))


def logs(world: toy.World, first: int, count: int) -> Iterator[Logs]:
    """Yield logs of replicates from ``first`` on, a chunk at a time."""
    for start in range(first, first + count, toy.SIDE_BY_SIDE):
        size = min(toy.SIDE_BY_SIDE, first + count - start)
        yield Chunk(world, np.arange(start, start + size)).run()
