"""Units, leaders, crowds, security forces, brigades and mediators as Mesa agents over records.

``observe`` and ``decide`` read the state as the tick starts and keep their answer; ``act`` and
``update`` apply it. A method calls the function of `sim.step` for this one agent: override it to
change what the agent does, and call ``super()`` to keep what it did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from mesa import Agent
from mesa.discrete_space import CellAgent, FixedAgent

from sim.draws import address
from sim.model.held import holds
from sim.model.space import ProvinceCell
from sim.records import ACTIONS, CAUSES, STANCES
from sim.step import brigades, layout


class _Numbered:
    """An agent with a number among those of its kind, and the record of that number."""

    one: ClassVar[str]
    model: Any
    index: int
    record: Any

    if TYPE_CHECKING:  # the fields of the record

        def __getattr__(self, name: str) -> Any:
            """Fields are given to the class by `holds`."""

    @property
    def address(self) -> int:
        """Address of its draws."""
        return address(self.cell.key)

    def _do(self, verb: str) -> None:
        self.model._engine.call(f"{self.one}_{verb}", self.index)

    def draw(self, name: str) -> float:
        """Draw for a rule of your own: one number in [0, 1) for each tick, agent and name.

        The same seed, replicate, tick, agent and name give the same number, whatever else
        happens in the run.
        """
        return float(self.model.uniform(self.address, name))


class _Placed(_Numbered, FixedAgent):
    """An agent that stays in one province, which is its cell."""

    def __init__(self, model: Any, index: int, record: Any, cell: ProvinceCell) -> None:
        super().__init__(model)
        self.index, self.record, self.cell = index, record, cell

    @property
    def province(self) -> str:
        """Key of its province."""
        return self.cell.key


@holds(
    layout.Unit,
    but=("province", "first_dyad", "last_dyad", "unit_order"),
)
class MilitiaUnit(_Placed):
    """A group's force in one province.

    Its attributes are the fields of `sim.step.layout.Unit`; ``group`` and ``province`` are keys
    of the scenario, ``order`` is an `Order` or None, ``stance`` a word, and ``dyads`` lists the
    rivals that it can meet.
    """

    one = "unit"

    def __init__(self, model: Any, index: int, record: Any, cell: ProvinceCell) -> None:
        super().__init__(model, index, record, cell)
        self._commanders: int = record.commanders

    def observe(self) -> None:
        """Take stock as the tick starts: obedience, stance, strength, exposure, response."""
        self._do("observe")

    def decide(self) -> None:
        """Decide whom to attack, and whether to rise unasked; see `Dyad.attacks`, ``rises``."""
        self._do("decide")

    def act(self) -> None:
        """Rise if that was decided; attacks are carried out later, in one order."""
        self._do("act")

    def update(self) -> None:
        """Let mobilisation and obedience fade, deadlines pass, offices reopen."""
        self._do("update")

    @property
    def group(self) -> str:
        """Key of its group."""
        return str(self.model.groups[self.record.group])

    @property
    def address(self) -> int:
        """Address of its draws."""
        return int(self.record.address)

    @property
    def stance(self) -> str:
        """What it did on its last look: quiet, mobilised or standing down."""
        return STANCES[self.record.stance]

    @property
    def order(self) -> Order | None:
        """The order to withdraw or hold that it has last taken."""
        number = self.record.order
        return self.model.orders[number] if number >= 0 else None

    @property
    def dyads(self) -> list[Dyad]:
        """Its dyads, one for each rival unit in the province."""
        return list(self.model.dyads[self.record.first_dyad : self.record.last_dyad])

    @property
    def office_open(self) -> bool:
        """Whether an office of its own can be attacked."""
        return bool(self.record.offices) and self.closed_at < 0

    @property
    def security(self) -> SecurityForce:
        """The security force of its province."""
        force: SecurityForce = self.model.forces[self.cell.index]
        return force

    @property
    def commanders(self) -> int:
        """Commanders left."""
        return int(self.record.commanders)

    @commanders.setter
    def commanders(self, number: int) -> None:
        if not 0 <= number <= self._commanders:
            raise ValueError(
                f"commanders of {self!r} must be 0 to {self._commanders}, as many as it began with;"
                f" got {number}"
            )
        self.record.commanders = int(number)

    @property
    def closed_at(self) -> int:
        """Tick since which its offices are closed; below 0 while they are open."""
        return int(self.record.closed_at)

    @closed_at.setter
    def closed_at(self, tick: int) -> None:
        if tick > self.model.tick:
            raise ValueError(
                f"closed_at of {self!r} must be a tick up to {self.model.tick}, or below 0 for"
                f" open offices; got {tick}"
            )
        self.record.closed_at = int(tick) if tick >= 0 else layout.LONG_AGO

    def __repr__(self) -> str:
        """Say who it is."""
        return f"<unit of {self.group} in {self.province}, {self.stance}>"


@holds(
    layout.Dyad,
    but=(
        "province",
        "rival_address",
        "first_memory",
        "last_memory",
        "first_debt",
        "unanswered_at",
        "debts",
    ),
)
class Dyad:
    """What one unit holds against a rival unit in its province; see `sim.step.layout.Dyad`."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Fields are given to the class by `holds`."""

    def __init__(self, model: Any, index: int, record: Any) -> None:
        self.model, self.index, self.record = model, index, record

    @property
    def unit(self) -> MilitiaUnit:
        """The unit that may attack."""
        unit: MilitiaUnit = self.model.units[self.record.unit]
        return unit

    @property
    def rival(self) -> MilitiaUnit:
        """The unit that it may attack."""
        unit: MilitiaUnit = self.model.units[self.record.rival]
        return unit

    @property
    def opposite(self) -> Dyad | None:
        """The dyad of the other direction."""
        number = self.record.opposite
        return self.model.dyads[number] if number >= 0 else None

    @property
    def attacks(self) -> bool:
        """Whether the unit decided to attack in this tick."""
        return bool(self.model.part("attacks")[self.index])

    @attacks.setter
    def attacks(self, attacks: bool) -> None:
        self.model.part("attacks")[self.index] = bool(attacks)

    @property
    def cause(self) -> str:
        """Cause of the attack that was last decided on."""
        return CAUSES[self.record.cause]

    @cause.setter
    def cause(self, cause: str) -> None:
        if cause not in CAUSES:
            raise ValueError(f"a cause is one of {', '.join(CAUSES)}; got {cause!r}")
        self.record.cause = CAUSES.index(cause)

    @property
    def fighting(self) -> bool:
        """Whether it is in a battle that goes on."""
        return bool(self.model.part("fighting")[self.index])

    @property
    def reprisal(self) -> float:
        """Reprisal grievance [attack-equivalents per hour]."""
        return float(self.model.part("reprisal")[self.index])

    @reprisal.setter
    def reprisal(self, level: float) -> None:
        self.model.part("reprisal")[self.index] = float(level)

    @property
    def rivalry(self) -> float:
        """Rivalry, 0 to 1."""
        return float(self.model.part("rivalry")[self.index])

    @property
    def unanswered_at(self) -> int:
        """Tick since which its dead are unanswered; below 0 while none are."""
        return int(self.record.unanswered_at)

    @property
    def debts(self) -> int:
        """Debts of blood that wait to be paid."""
        return int(self.record.debts)

    @property
    def hazard(self) -> float:
        """Hazard of an attack in this tick [1/h]."""
        return float(self.model.call("hazard", self.index))

    def __repr__(self) -> str:
        """Say who it is."""
        return f"<{self.unit.group} against {self.rival.group} in {self.unit.province}>"


class Order:
    """An order that a leader may give, with the names and numbers of `sim.step.layout.Order`."""

    def __init__(self, model: Any, index: int, record: Any, key: str) -> None:
        self.model, self.index, self.record, self.key = model, index, record, key

    @property
    def action(self) -> str:
        """What it orders."""
        return str(ACTIONS[self.record.action])

    @property
    def due(self) -> bool:
        """Whether its leader decided to give it in this tick."""
        return bool(self.model.part("due")[self.index])

    @due.setter
    def due(self, due: bool) -> None:
        self.model.part("due")[self.index] = bool(due)

    @property
    def given_at(self) -> int | None:
        """Tick in which it was last given, or None."""
        tick = int(self.model.part("given_at")[self.record.moment])
        return tick if tick >= 0 else None

    def __repr__(self) -> str:
        """Say which it is."""
        return f"<order {self.key}: {self.action}>"


class GroupLeader(_Numbered, Agent):
    """Who gives a group its orders.

    ``group`` is the key of the group, ``orders`` lists the orders that it may give.
    """

    one = "leader"

    def __init__(self, model: Any, index: int, record: Any) -> None:
        super().__init__(model)
        self.index, self.record = index, record
        self.group: str = model.groups[index]

    @property
    def address(self) -> int:
        """Address of its draws."""
        return address(self.group)

    @property
    def orders(self) -> list[Order]:
        """The orders that it may give."""
        return list(self.model.orders[self.record.first_order : self.record.last_order])

    def decide(self) -> None:
        """Decide which orders to give; see `Order.due`."""
        self._do("decide")

    def act(self) -> None:
        """Give the orders decided on to the units that they name."""
        self._do("act")

    def __repr__(self) -> str:
        """Say who it is."""
        return f"<leader of {self.group}>"


@holds(layout.Force)
class SecurityForce(_Placed):
    """The security force in one province; its attributes are those of `sim.step.layout.Force`."""

    one = "force"

    @property
    def presence(self) -> float:
        """Persons of the force per 1,000 residents."""
        return float(self.model.call("presence", self.index))

    def decide(self) -> None:
        """Decide on the alarm, on the reinforcement, and whether to part the sides."""
        self._do("decide")

    def act(self) -> None:
        """Move towards the reinforcement decided on; part the sides; raise or end the alarm."""
        self._do("act")

    def update(self) -> None:
        """Let the memory of casualties fade, and fix what presence deters next."""
        self._do("update")

    def __repr__(self) -> str:
        """Say who it is."""
        return f"<security force in {self.province}, {self.deployed:.0f} deployed>"


@holds(brigades.Brigade, but=("code", "home", "favours", "place", "heading", "following"))
class Brigade(_Numbered, CellAgent):
    """A brigade of the security force; its ``cell`` is the province where it is.

    Its other attributes are those of `sim.step.brigades.Brigade`; ``home`` and ``heading`` are
    keys of provinces.
    """

    one = "brigade"

    def __init__(self, model: Any, index: int, record: Any, cell: ProvinceCell, key: str) -> None:
        super().__init__(model)
        self.index, self.record, self.cell, self.key = index, record, cell, key

    @property
    def address(self) -> int:
        """Address of its draws."""
        return int(self.record.address)

    @property
    def persons(self) -> int:
        """Persons left."""
        return int(self.record.persons)

    @property
    def home(self) -> str:
        """Province where it is at home."""
        return str(self.model.space.provinces[self.record.home].key)

    @property
    def heading(self) -> str:
        """Province where it is sent."""
        return str(self.model.space.provinces[self.record.heading].key)

    @property
    def moving(self) -> bool:
        """Whether it is under way, and so missed where its cell is."""
        return bool(self.record.following >= 0)

    def act(self) -> None:
        """Arrive in a province, or set out for the next one on the way."""
        self._do("act")
        self.follow()

    def follow(self) -> None:
        """Move to the cell of the province where the brigade is."""
        cell = self.model.space.provinces[self.record.place]
        if self.cell is not cell:
            self.cell = cell

    def __repr__(self) -> str:
        """Say who it is."""
        return f"<brigade {self.key} in {self.cell.key}, {self.persons} persons>"


class Crowd(_Placed):
    """Followers of a group in the street of a province: how many, and how angry."""

    one = "crowd"

    @property
    def unit(self) -> MilitiaUnit:
        """The unit that it stands with."""
        unit: MilitiaUnit = self.model.units[self.index]
        return unit

    @property
    def address(self) -> int:
        """Address of its draws: that of its unit."""
        return int(self.record.address)

    @property
    def persons(self) -> int:
        """Persons, those included that are about to obey a call to withdraw."""
        return int(self.record.crowd)

    @property
    def present(self) -> int:
        """Persons in the street as the tick starts."""
        return int(self.record.crowd_present)

    @property
    def anger(self) -> float:
        """Anger over followers killed."""
        return float(self.record.anger)

    def update(self) -> None:
        """Let anger fade, and some go home."""
        self._do("update")

    def __repr__(self) -> str:
        """Say who it is."""
        return f"<crowd of {self.unit.group} in {self.cell.key}, {self.present} persons>"


@holds(layout.Mediator, but=("province",))
class Mediator(_Placed):
    """A governor who mediates; its attributes are those of `sim.step.layout.Mediator`."""

    one = "mediator"

    def decide(self) -> None:
        """Decide whether to mediate in what has happened since the last time."""
        self._do("decide")

    def act(self) -> None:
        """Mediate if that was decided: battles end and grievance eases."""
        self._do("act")

    def __repr__(self) -> str:
        """Say who it is."""
        return f"<mediator in {self.province}>"
