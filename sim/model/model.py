"""The Mesa model: one run, whose agents stand over the records of the engine."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar

import mesa
import numpy as np
from mesa import DataCollector
from numpy.typing import NDArray

from sim import draws, engine
from sim.draws import MAX_WORD, Purpose
from sim.engine import tables, text
from sim.model.agents import (
    Brigade,
    Crowd,
    Dyad,
    GroupLeader,
    Mediator,
    MilitiaUnit,
    Order,
    SecurityForce,
)
from sim.model.space import ProvinceMap
from sim.parameters import Scenario
from sim.rules.soundness import UnsoundError
from sim.scenario.problems import nearest
from sim.step.tick import PHASES
from sim.world import World, build

# What the numbers that functions of the step take count.
NUMBERED = {
    "u": "units",
    "d": "dyads",
    "p": "forces",
    "m": "mediators",
    "g": "groups",
    "o": "orders",
    "e": "events",
    "b": "brigades",
}


# Kinds of agents, and what one of them is called in the names of functions.
KINDS = {
    "units": "unit",
    "leaders": "leader",
    "crowds": "crowd",
    "forces": "force",
    "brigades": "brigade",
    "mediators": "mediator",
}


class ReprisalModel(mesa.Model):
    """One run of a scenario.

    A subclass may name classes of agents of its own, and override any phase of a tick: each phase
    of `sim.step.tick.step` is a method of that name.

    Parameters
    ----------
    scenario : str, Path, Scenario or World
        A scenario file, a checked scenario or a world that was built before.
    seed : int
        Seed of the batch, 0 to 2**32 - 1. Required: there is no hidden randomness.
    replicate : int
        Replicate number, 0 to 2**32 - 1; the same number shares its draws across scenarios.
    collect : bool
        Whether to fill Mesa's data collector (off in batches, which store tables).
    means : {"auto", "compiled", "interpreted"}
        How the functions of `sim.step` are run. ``auto`` is compiled where that was prepared
        before, else interpreted; compiling takes half a minute once. The numbers are the same.

    Attributes
    ----------
    units, leaders, crowds, forces, brigades, mediators : list
        The agents, in the order of the scenario's keys.
    dyads : list of Dyad
        Every unit with every rival in its province.
    orders : list of Order
        All orders that are switched on.
    space : ProvinceMap
        The provinces.
    settings : Scenario
        The scenario.
    tick : int
        The tick that comes next.

    Raises
    ------
    ValueError
        When seed or replicate is missing or out of range.
    UnsoundError
        By a step after which something is in an impossible state.
    """

    unit_class: ClassVar[type[MilitiaUnit]] = MilitiaUnit
    leader_class: ClassVar[type[GroupLeader]] = GroupLeader
    force_class: ClassVar[type[SecurityForce]] = SecurityForce
    mediator_class: ClassVar[type[Mediator]] = Mediator
    brigade_class: ClassVar[type[Brigade]] = Brigade
    crowd_class: ClassVar[type[Crowd]] = Crowd

    def __init__(
        self,
        scenario: str | Path | Scenario | World,
        seed: int | None = None,
        replicate: int = 0,
        collect: bool = True,
        means: str = "auto",
    ) -> None:
        self._key = _word("seed", seed), _word("replicate", replicate)
        super().__init__(rng=list(self._key))
        self.world = _world(scenario)
        self.settings = self.world.scenario
        self.groups = tuple(self.settings.groups)
        self._engine = engine.one_run(self.world, means)
        self._engine.start(*self._key)
        self._now = self._engine.records("now")[0]
        self._overridden: dict[str, bool] = {}
        self.space = ProvinceMap(self.world, self.random)
        self._populate()
        self.datacollector = _collector() if collect else None
        self._collect()

    def _populate(self) -> None:
        records, cells = self._engine.records, self.space.provinces
        self.forces = [
            self.force_class(self, i, r, cells[i]) for i, r in enumerate(records("forces"))
        ]
        self.units = [
            self.unit_class(self, i, r, cells[r.province]) for i, r in enumerate(records("units"))
        ]
        self.leaders = [self.leader_class(self, i, r) for i, r in enumerate(records("groups"))]
        self.mediators = [
            self.mediator_class(self, i, r, cells[r.province])
            for i, r in enumerate(records("mediators"))
        ]
        names = tuple(self.settings.brigades)
        self.brigades = [
            self.brigade_class(self, i, r, cells[r.place], names[i])
            for i, r in enumerate(records("brigades"))
        ]
        called = {plan.unit for plan in self.world.unit_orders if plan.crowd}
        self.crowds = [
            self.crowd_class(self, i, r, cells[r.province])
            for i, r in enumerate(records("units"))
            if i in called
        ]
        self.dyads = [Dyad(self, i, r) for i, r in enumerate(records("dyads"))]
        keys = [plan.key for plan in self.world.orders]
        self.orders = [Order(self, i, r, keys[i]) for i, r in enumerate(records("orders"))]

    @property
    def tick(self) -> int:
        """The tick that comes next."""
        return int(self._now.tick)

    @property
    def hour(self) -> int:
        """Local hour of the tick that is under way, or was last, 0 to 23."""
        return int(self._now.hour)

    def step(self) -> None:
        """One tick; a call after the last tick only ends the run.

        That extra call lets `mesa.batch_run` of Mesa 3.3 report the final state.
        """
        if self.tick >= self.world.n_ticks:
            self.running = False
            return
        self._engine.make_room()
        for phase in PHASES:
            getattr(self, phase)()
        for brigade in self.brigades:
            brigade.follow()
        if self._now.unsound:
            raise UnsoundError(tables.impossible(self._engine, self.world))
        self._collect()

    def _each(self, phase: str, agents: list[Any]) -> None:
        """Let all agents do their part of a phase: at once, unless a class has its own way."""
        verb = phase.rpartition("_")[2]
        if phase not in self._overridden:
            self._overridden[phase] = any(_own(kind, verb) for kind in set(map(type, agents)))
        if self._overridden[phase]:
            for agent in agents:
                getattr(agent, verb)()
        else:
            self._engine.call(phase)

    def call(self, function: str, *numbers: int) -> Any:
        """Call a function of `sim.step` by its name, such as ``call("carry_out", dyad.index)``.

        Parameters
        ----------
        function : str
            A function that takes the run, and numbers of units, dyads and the like.
        *numbers : int
            Those numbers.

        Returns
        -------
        object
            What it gives back.

        Raises
        ------
        ValueError
            When there is no such function, or nothing of such a number.
        """
        known = text.FUNCTIONS.get(function)
        if known is None:
            near = nearest(function, text.FUNCTIONS)
            raise ValueError(f"sim.step has no function {function}; the nearest is {near}")
        takes = tuple(signature(known).parameters)[1:]
        if len(takes) != len(numbers) or not all(name in NUMBERED for name in takes):
            needed = ", ".join(NUMBERED.get(name, name) for name in takes) or "nothing"
            raise ValueError(
                f"{function} takes {needed} beside the run; call it with numbers alone"
            )
        for name, number in zip(takes, numbers, strict=True):
            most = len(self._engine.part(NUMBERED[name]))
            if not 0 <= number < most:
                raise ValueError(
                    f"{function} takes a number of {NUMBERED[name]}, 0 to {most - 1}; got {number}"
                )
        self._engine.make_room()
        return self._engine.call(function, *numbers)

    def records(self, name: str) -> list[Any]:
        """Give the records of a part of the run, whose fields can be read and written to."""
        return list(self._engine.records(name))

    def part(self, name: str) -> Any:
        """Give a part of the run, see `sim.step.layout.Run`: an array or a list of numbers."""
        return self._engine.part(name)

    def uniform(self, agent: int, name: str) -> float:
        """Draw for a rule of your own, see `MilitiaUnit.draw`; agent is an address."""
        own = draws.address(name)
        return draws.uniforms(*self._key, self.tick, agent, own, Purpose.OWN_RULE)[0]

    @property
    def tension(self) -> dict[str, float]:
        """Political tension by bloc."""
        levels = self._engine.part("tension")
        return dict(zip(self.world.politics.blocs, map(float, levels), strict=True))

    @property
    def killed(self) -> int:
        """Killed so far, all sides."""
        return self._so_far("killed")

    @property
    def wounded(self) -> int:
        """Wounded so far, all sides."""
        return self._so_far("wounded")

    def tables(self) -> dict[str, dict[str, NDArray[Any]]]:
        """Give the tables of the run so far, as `sim.engine.simulate` gives those of a batch."""
        rows = {part: self._engine.rows(part) for part in tables.PARTS.values()}
        rows["ticks"] = rows["ticks"][: self.tick]
        seed, replicate = self._key
        if replicate >= 2**31:
            raise ValueError(f"tables hold replicates up to {2**31 - 1}; this is {replicate}")
        return tables.of_rows([rows], self.world, seed, np.array([replicate]))

    def _so_far(self, column: str) -> int:
        return int(self._engine.rows("ticks")[column][: self.tick].sum())

    def _collect(self) -> None:
        if self.datacollector:
            self.datacollector.collect(self)


def _phase(name: str) -> Callable[[ReprisalModel], None]:
    """Make the method of a phase: of all agents of a kind at once, or one function of the step."""
    kind, _, verb = name.partition("_")
    of_agents = f"{KINDS.get(kind, '')}_{verb}" in text.FUNCTIONS

    def phase(model: ReprisalModel) -> None:
        if of_agents:
            model._each(name, getattr(model, kind))
        else:
            model._engine.call(name)

    phase.__name__, phase.__doc__ = name, text.FUNCTIONS[name].__doc__
    return phase


for _name in PHASES:
    setattr(ReprisalModel, _name, _phase(_name))


def _own(kind: type, verb: str) -> bool:
    """Whether a class of agents has a method of its own for a verb."""
    return bool(getattr(kind, verb).__module__ != MilitiaUnit.__module__)


def _collector() -> DataCollector:
    return DataCollector(
        model_reporters={
            "killed": "killed",
            "wounded": "wounded",
            "engagements": lambda model: int(model._now.engagements),
        },
    )


def _world(scenario: str | Path | Scenario | World) -> World:
    if isinstance(scenario, World):
        return scenario
    if isinstance(scenario, Scenario):
        return build(scenario)
    from sim.scenario.loading import load

    return build(load(scenario).scenario)


def _word(name: str, value: int | None) -> int:
    if value is None:
        raise ValueError(f"{name} is required (0 to {MAX_WORD})")
    if not 0 <= int(value) <= MAX_WORD:
        raise ValueError(f"{name} must be 0 to {MAX_WORD} (got {value})")
    return int(value)
