"""Where the two engines part, if they do: the tick, the agent, the field and its rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import tables
from sim.compiled.difference import fields
from sim.compiled.difference.fields import KILLED_IN_COMBAT, Field
from sim.compiled.feud import PROVOKED
from sim.compiled.flatten import flatten
from sim.compiled.layout import ENGAGEMENT_COLUMNS, NOT_YET, ORDER_COLUMNS
from sim.compiled.run import run_all
from sim.compiled.state import new_output, new_state
from sim.compiled.tables import Room
from sim.model import ReprisalModel, simulate
from sim.model.feud import Memory
from sim.model.log import Table
from sim.model.simulate import forget
from sim.rules.soundness import UnsoundError
from sim.world import World

Remembered = tuple[int, int, float, float]
MEMORY = ("engagement", "arrival", "battle", "reprisal")


@dataclass(frozen=True)
class Difference:
    """The first number in which the engines differ; ``str`` makes a sentence of it.

    Parameters
    ----------
    tick : int
        Tick that computed it, 0 for the state at the start.
    agent : str
        Whose it is, or the row of which table.
    field : str
        Its name in `sim.model`, or a column.
    mesa, compiled : object
        The values; None where one engine has no such row.
    rules : tuple of str
        What computes it, in the order of computing: functions of `sim.rules` where it is
        one of them ("grievance.excite"), else of `sim.model` or `sim`.
    """

    tick: int
    agent: str
    field: str
    mesa: object
    compiled: object
    rules: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"tick {self.tick}: {self.agent} has {self.field} {self.mesa!r} in the Mesa engine"
            f" and {self.compiled!r} in the compiled one, computed by {', '.join(self.rules)}"
        )


def difference(world: World, seed: int, replicate: int) -> Difference | None:
    """Run a replicate in both engines, tick by tick, until they differ.

    Parameters
    ----------
    world : World
        Tables of the scenario.
    seed, replicate : int
        Key of the run, 0 to 2**32 - 1 and 0 to 2**31 - 1.

    Returns
    -------
    Difference or None
        The first one, in the order in which a tick computes things; None when all bits are
        the same (two NaN are), or both engines end the run in the same tick as impossible.
    """
    room = Room()
    while True:
        course = _Course(world, seed, replicate, room)
        try:
            found = course.walk()
        finally:
            forget(course.model)
        if not course.lost:
            break
        room.grow()
    if found is not None or course.unsound:
        return found
    compiled = tables.simulate(world, seed, [replicate])
    return _of_tables(simulate(world, seed, replicate), compiled)


class _Course:
    """One run in both engines.

    Parameters
    ----------
    world, seed, replicate
        As for `difference`.
    room : Room
        Rows and memories to make room for.
    """

    def __init__(self, world: World, seed: int, replicate: int, room: Room) -> None:
        self.model = ReprisalModel(world, seed, replicate, collect=False)
        self.key = seed, np.array([replicate], np.int64)
        self.tables, self.state = flatten(world), new_state(world, room.memories)
        self.output = new_output(world, 1, room.engagements, room.orders)
        self.rows = np.zeros((1, 2), np.int64)
        self.lost = self.unsound = False
        self._known = [(0, NOT_YET)] * len(self.model.feuds)

    def walk(self) -> Difference | None:
        """Step both until they differ; stops early when room is `lost` or a state `unsound`."""
        self._advance(0, 0)
        found = next(self._of(fields.AT_START, 0), None)
        while found is None and not self.unsound and self.model.tick < self.model.world.n_ticks:
            found = self._tick()
            if self.lost:
                return None
        return found

    def _tick(self) -> Difference | None:
        tick, error = self.model.tick, None
        try:
            self.model.step()
        except UnsoundError as raised:
            error = str(raised)
        self._advance(tick, tick + 1)
        if self.lost:
            return None
        self.unsound = error is not None or bool(self.state.now["unsound"][0])
        found = next(self._differences(tick), None) if error is None else None
        if found is None and self.unsound and (error is None or not self.state.now["unsound"][0]):
            there = "impossible" if error is None else "possible"
            names = ("feud_is_sound", "unit_is_sound", "province_is_sound")
            rules = tuple(f"soundness.{name}" for name in names)
            return Difference(tick, "the run", "state", error or "possible", there, rules)
        return found

    def _advance(self, begin: int, end: int) -> None:
        seed, replicates = self.key
        run_all(self.tables, self.state, self.output, self.rows, seed, replicates, begin, end)
        self.lost = bool(self.state.now["lost"][0])

    def _differences(self, tick: int) -> Iterator[Difference]:
        """Differences of a tick, in the order in which it computes things."""
        yield from self._of((*fields.OBSERVED, *fields.DECIDED, *fields.TOOK_PLACE), tick)
        yield from self._of_engagements(tick)
        yield from self._of_memories(tick)
        yield from self._of_mail(tick)
        yield from self._of((*fields.FOUGHT, *fields.ENDED), tick)
        yield from self._of_acts(tick)

    def _of(self, some: Iterable[Field], tick: int) -> Iterator[Difference]:
        model = self.model
        for field in some:
            mesa, compiled = field.both(model, self.state)
            for place in np.flatnonzero(_differ(mesa, compiled)).tolist():
                name = field.kind.name(model, field.kind.agents(model)[place])
                values = mesa[place].item(), compiled[place].item()
                yield Difference(tick, name, field.name, *values, field.rules)

    def _of_engagements(self, tick: int) -> Iterator[Difference]:
        end = int(self.state.now["engagements"][0])
        rows = {
            "mesa": self.model.log.engagements,
            "compiled": self.output.engagements[:end].tolist(),
        }
        begin = len(rows["mesa"]) - len(self.model.opened)
        both = zip(rows["mesa"][begin:], rows["compiled"][begin:], strict=True)
        for number, pair in enumerate(both, begin):
            mesa, compiled = (
                _with_sum(dict(zip(ENGAGEMENT_COLUMNS, r, strict=True))) for r in pair
            )
            for column, rules in fields.OF_ENGAGEMENT.items():
                if mesa[column] != compiled[column]:
                    agent = f"engagement {number}"
                    yield Difference(tick, agent, column, mesa[column], compiled[column], rules)

    def _of_memories(self, tick: int) -> Iterator[Difference]:
        """Differences in what feuds remember, where something came or was eased."""
        for feud in self.model.feuds:
            last = int(self.state.feuds["last_memory"][feud.dyad])
            known = len(feud.memories), last
            if known == self._known[feud.dyad] and not feud.unit.cell.mediated:
                continue
            self._known[feud.dyad] = known
            mesa = [_plain(memory) for memory in feud.memories]
            first = int(self.state.feuds["first_memory"][feud.dyad])
            compiled = [memory for _, memory in self._chain(first)]
            name = fields.feud_name(self.model, feud)
            yield from _of_lists(tick, name, mesa, compiled)

    def _of_mail(self, tick: int) -> Iterator[Difference]:
        """Differences in the shocks under way, where any may have been sent."""
        if not self.model.opened:
            return
        for due in range(tick + 1, self.model.world.n_ticks):
            mesa = [(dyad, _plain(memory)) for dyad, memory in self.model.mail.get(due, ())]
            compiled = list(self._chain(int(self.state.mail_first[due])))
            feuds = [dyad for dyad, _ in mesa], [dyad for dyad, _ in compiled]
            if feuds[0] != feuds[1]:
                name = f"the mail that arrives in tick {due}"
                yield Difference(tick, name, "feuds", *feuds, ("spread.lag",))
                return
            for (dyad, mine), (_, theirs) in zip(mesa, compiled, strict=True):
                name = fields.feud_name(self.model, self.model.feuds[dyad])
                yield from _of_lists(tick, name, [mine], [theirs])

    def _chain(self, place: int) -> Iterator[tuple[int, Remembered]]:
        """Feud and memory of each link of a chain of the pool."""
        while place >= 0:
            memory = self.state.memories[place]
            values = tuple(memory[name].item() for name in MEMORY)
            yield int(memory["feud"]), values
            place = int(memory["following"])

    def _of_acts(self, tick: int) -> Iterator[Difference]:
        end = int(self.state.now["orders"][0])
        mesa = [row for row in self.model.log.orders if row[0] == tick]
        begin = len(self.model.log.orders) - len(mesa)
        compiled = self.output.orders[begin:end].tolist()
        for number in range(max(len(mesa), len(compiled))):
            mine, theirs = (r[number] if number < len(r) else None for r in (mesa, compiled))
            if mine != theirs:
                names, agent = ", ".join(ORDER_COLUMNS), f"act {begin + number}"
                yield Difference(tick, agent, names, mine, theirs, fields.OF_ACT)


def _with_sum(row: dict[str, int]) -> dict[str, int]:
    sides = row["target_killed"] + row["attacker_killed"]
    return {**row, KILLED_IN_COMBAT: sides - row["killed_by_security"]}


def _plain(memory: Memory) -> Remembered:
    return memory.engagement, memory.arrival, memory.battle, memory.reprisal


def _of_lists(
    tick: int, name: str, mesa: Sequence[Remembered], compiled: Sequence[Remembered]
) -> Iterator[Difference]:
    """Differences between the memories of one feud."""
    for number, pair in enumerate(zip(mesa, compiled, strict=False)):
        agent = f"memory {number} of {name}"
        for field, mine, theirs in zip(MEMORY, *pair, strict=True):
            if repr(mine) != repr(theirs):  # as exact as bits
                yield Difference(tick, agent, field, mine, theirs, _rules(pair[0], field))
    if len(mesa) != len(compiled):
        yield Difference(
            tick, name, "memories", len(mesa), len(compiled), ("spread.lag", "combat.carry_out")
        )


def _rules(memory: Remembered, field: str) -> tuple[str, ...]:
    """Say what computes a field of a memory."""
    engagement, _, battle, _ = memory
    if field == "arrival":
        return ("spread.lag",)
    if field != "reprisal" or battle > 0.0:
        return ("combat.carry_out", "intervention.eased")
    if engagement == PROVOKED:
        return ("provocation.grievance",)
    return ("spread.neighbour", "spread.shock", "intervention.eased")


def _of_tables(mesa: dict[str, Table], compiled: dict[str, Table]) -> Difference | None:
    """Give the first difference between the tables of a run that had none in its ticks."""
    for name, columns in mesa.items():
        others, rules = compiled[name], fields.OF_TABLES[name]
        for column, values in columns.items():
            pair = values.dtype.name, others[column].dtype.name
            if pair[0] != pair[1]:
                return Difference(0, f"table {name}", f"type of {column}", *pair, rules[""])
        rows = len(columns["replicate"]), len(others["replicate"])
        if rows[0] != rows[1]:
            return Difference(0, f"table {name}", "rows", *rows, rules[""])
        wrong = [
            (int(np.flatnonzero(_differ(values, others[column]))[0]), place)
            for place, (column, values) in enumerate(columns.items())
            if _differ(values, others[column]).any()
        ]
        if wrong:
            row, place = min(wrong)
            column = list(columns)[place]
            tick = int(columns["tick"][row]) if "tick" in columns else 0
            by = rules.get(column, rules[""])
            mine, theirs = columns[column][row].item(), others[column][row].item()
            return Difference(tick, f"row {row} of {name}", column, mine, theirs, by)
    return None


def _differ(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether bits differ; two NaN are the same."""
    if one.dtype.kind != "f":
        return np.asarray(one != other)
    bits = f"u{one.dtype.itemsize}"
    same = one.view(bits) == np.ascontiguousarray(other).view(bits)
    return ~(same | (np.isnan(one) & np.isnan(other)))
