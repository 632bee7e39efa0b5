"""Mesa agents over the records of a run: read, written to, collected, drawn and subclassed."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import mesa
import pytest
from mesa import DataCollector

from sim import engine
from sim.engine import memory
from sim.model import (
    Brigade,
    Crowd,
    GroupLeader,
    Mediator,
    MilitiaUnit,
    ProvinceCell,
    ReprisalModel,
    SecurityForce,
    simulate,
)
from sim.rules.soundness import UnsoundError
from sim.world import build
from tests.worlds import change, one_province, scenario, two_groups

SEED = 7
BUSY = two_groups(
    clock__length="4d",
    engagement__background_rate="3/d",
    provinces__north__presence=2.0,
    mediation={"enabled": True, "presence": 0.5},
    orders={
        "rise": {
            "action": "mobilise",
            "group": "red",
            "trigger": {"after": "5h"},
            "crowd": {"north": 300},
            "attack_rate": "2/d",
        },
        "leave": {
            "action": "withdraw",
            "group": "violet",
            "trigger": {"when": {"own_killed": 3}},
        },
    },
)
MEANS = ["interpreted", "compiled"]


def model_of(setting=BUSY, kind=ReprisalModel, means="interpreted", collect=False, replicate=0):
    return kind(scenario(setting), SEED, replicate, collect=collect, means=means)


def after(ticks, **options):
    model = model_of(**options)
    for _ in range(ticks):
        model.step()
    return model


def same(one, other):
    return all(
        column.tobytes() == other[table][name].tobytes()
        for table, columns in one.items()
        for name, column in columns.items()
    )


def run_to_end(model):
    while model.tick < model.world.n_ticks:
        model.step()
    return model.tables()


# Who they are


def test_agents_say_who_they_are():
    model = after(7)
    red, violet = model.units[0], model.units[2]
    assert repr(red) == "<unit of red in north, mobilised>"
    assert repr(violet) == "<unit of violet in north, standing down>"
    assert repr(model.leaders[1]) == "<leader of violet>"
    assert repr(model.forces[1]) == "<security force in south, 0 deployed>"
    assert repr(model.mediators[0]) == "<mediator in north>"
    assert repr(red.dyads[0]) == "<red against violet in north>"
    assert [repr(order) for order in model.orders] == [
        "<order rise: mobilise>",
        "<order leave: withdraw>",
    ]
    assert (red.group, red.province, red.cell.key) == ("red", "north", "north")
    assert red.dyads[0].rival is violet
    assert red.dyads[0].opposite.rival is red
    assert red.security is model.forces[0]
    assert model.leaders[0].orders[0].given_at == 5
    assert {type(agent) for agent in model.space.provinces[0].agents} == {
        MilitiaUnit,
        Crowd,
        Mediator,
        SecurityForce,
    }
    assert set(model.agents_by_type) == {MilitiaUnit, GroupLeader, Crowd, SecurityForce, Mediator}


@pytest.mark.parametrize("means", MEANS)
def test_attributes_are_those_of_the_run_and_plain_numbers(means):
    model = after(10, means=means)
    unit = model.units[0]
    assert (type(unit.fighters), type(unit.mobilisation), type(unit.mobilised)) == (
        int,
        float,
        bool,
    )
    assert unit.crowd == 300
    assert unit.mobilised is True
    assert model.forces[0].presence == pytest.approx(2.0)


# Writing between ticks


@pytest.mark.parametrize("means", MEANS)
def test_what_is_written_between_two_ticks_counts_in_the_next(means):
    model = after(8, means=means)
    red = model.units[0]
    red.crowd, red.fighters = 0, 10
    model.step()
    assert (red.crowd_present, red.strength) == (0, 10.0)
    for unit in model.units:
        unit.fighters = unit.crowd = 0
    before = model.killed
    run_to_end(model)
    assert model.killed == before


def test_writing_is_the_same_compiled_and_interpreted():
    made = []
    for means in MEANS:
        model = after(20, means=means)
        model.units[1].mobilised, model.units[1].crowd = True, 900
        model.dyads[0].reprisal += 1.5
        model.forces[0].deployed = 400.0
        model.orders[1].due = True
        made.append(run_to_end(model))
    assert same(*made)
    assert not same(made[0], run_to_end(model_of()))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("fighters", 3.5, "fighters of <unit of red in north, quiet> is a whole number, got 3.5"),
        ("fighters", True, "is a whole number, got True"),
        ("mobilised", 1, "mobilised of .* is True or False, got 1"),
        ("loyalty", "much", "loyalty of .* is a number, got 'much'"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(name, value, said):
    with pytest.raises(TypeError, match=said):
        setattr(model_of().units[0], name, value)


def test_what_would_lead_beyond_the_records_is_refused():
    unit = model_of(change(BUSY, {"groups__red__commanders": {"north": 2}})).units[0]
    unit.commanders = 1
    with pytest.raises(ValueError, match="must be 0 to 2, as many as it began with; got 9"):
        unit.commanders = 9
    with pytest.raises(ValueError, match="must be a tick up to 0"):
        unit.closed_at = 5
    unit.closed_at = 0
    assert unit.closed_at == 0
    unit.closed_at = -1
    assert unit.closed_at < 0
    with pytest.raises(ValueError, match="a cause is one of background, battle"):
        unit.dyads[0].cause = "spite"
    for name in ("group", "province", "stance", "order", "dyads", "address"):
        with pytest.raises(AttributeError):
            setattr(unit, name, 1)


# What Mesa offers


@pytest.mark.parametrize("means", MEANS)
def test_select_agg_and_do(means):
    model = after(3, means=means)
    units = model.agents_by_type[MilitiaUnit]
    assert units.agg("fighters", sum) <= 8000
    red = units.select(lambda unit: unit.group == "red")
    assert [unit.province for unit in red] == ["north", "south"]
    red.set("crowd", 50)
    red.do("observe")
    assert [unit.crowd_present for unit in model.units] == [50, 50, 0, 0]


def test_data_collector_with_agent_reporters():
    model = model_of(collect=True)
    model.datacollector = DataCollector(
        model_reporters={
            "killed": "killed",
            "mobilised": lambda m: sum(u.mobilised for u in m.units),
        },
        agenttype_reporters={MilitiaUnit: {"fighters": "fighters", "stance": "stance"}},
    )
    for _ in range(12):
        model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame["mobilised"].tolist() == [0] * 5 + [2] * 7
    of_units = model.datacollector.get_agenttype_vars_dataframe(MilitiaUnit)
    assert set(of_units["stance"]) >= {"quiet", "mobilised"}
    assert len(of_units) == 12 * 4


def test_the_own_data_collector_tells_of_the_run():
    model = model_of(collect=True)
    tables = run_to_end(model)
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == model.world.n_ticks + 1
    last = frame.iloc[-1]
    assert last["engagements"] == len(tables["engagements"]["tick"]) > 5
    assert last["killed"] == tables["runs"]["killed"][0]
    assert last["wounded"] == tables["runs"]["wounded"][0]


def batch_run(kind, fixed):
    """Run through Mesa's own runner, whose word for the seed has changed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return mesa.batch_run(kind, fixed, rng=[SEED], display_progress=False, max_steps=10_000)
        except TypeError:
            return mesa.batch_run(kind, fixed, display_progress=False, max_steps=10_000)


def test_mesa_batch_run_gives_the_final_state():
    """Through Mesa's own runner the last row is the state after the last tick."""
    setting = scenario(two_groups(clock__length="2d"))
    fixed = {
        "scenario": [setting],
        "seed": [SEED],
        "replicate": [0, 1, 2],
        "means": ["interpreted"],
    }
    rows = batch_run(ReprisalModel, fixed)
    world = build(setting)
    for row in rows:
        runs = engine.simulate(world, SEED, [row["replicate"]])["runs"]
        assert row["killed"] == runs["killed"][0]
        assert row["engagements"] == runs["engagements"][0]
    assert sum(row["engagements"] for row in rows) > 0


def test_mesa_draws_the_map(monkeypatch):
    from matplotlib.figure import Figure

    # The package imports what its pages need, which the drawing does not.
    package = ModuleType("mesa.visualization")
    package.__path__ = [str(Path(mesa.__file__).with_name("visualization"))]
    monkeypatch.setitem(sys.modules, package.__name__, package)
    for name in ("altair", "solara"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    from mesa.visualization.mpl_space_drawing import draw_space

    model = after(6)
    axes = Figure().subplots()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        draw_space(
            model.space,
            lambda _: {"size": 20, "color": "black"},
            ax=axes,
            layout_alg=model.space.layout,
            layout_kwargs={},
        )
    drawn = {tuple(place) for each in axes.collections for place in each.get_offsets().tolist()}
    assert drawn >= {(0.0, 0.0), (0.0, -1.0)}
    north, south = model.space.provinces
    assert list(north.neighborhood) == [south]
    assert {cell.key for cell in model.space.all_cells} == {"north", "south"}
    assert all(isinstance(cell, ProvinceCell) for cell in model.space.all_cells)
    assert (north.population, south.authority, north.capital) == (1_000_000, 0.5, True)


# Classes of one's own


class Unheard(GroupLeader):
    def decide(self):
        """Give no order."""


class Quiet(MilitiaUnit):
    def decide(self):
        """Attack nobody."""


class Patient(MilitiaUnit):
    def decide(self):
        super().decide()
        if self.model.tick < 48:
            for dyad in self.dyads:
                dyad.attacks = False


class Absent(SecurityForce):
    def decide(self):
        super().decide()
        self.target = 0.0


class Model(ReprisalModel):
    """A model of one's own, for the classes to stand in."""


def with_classes(**classes):
    return type("Own", (Model,), classes)


@pytest.mark.parametrize("means", MEANS)
def test_a_unit_that_decides_otherwise(means):
    tables = run_to_end(model_of(kind=with_classes(unit_class=Quiet), means=means))
    assert len(tables["engagements"]["tick"]) == 0
    late = run_to_end(model_of(kind=with_classes(unit_class=Patient), means=means))
    assert min(late["engagements"]["tick"]) >= 48
    model = model_of(kind=with_classes(unit_class=Quiet), means=means)
    assert set(model.agents_by_type) == {Quiet, GroupLeader, Crowd, SecurityForce, Mediator}


@pytest.mark.parametrize("means", MEANS)
def test_an_override_that_only_calls_super_changes_nothing(means):
    def overridden(kind, *verbs):
        def calling(verb):
            return lambda agent: getattr(super(made, agent), verb)()

        made = type("Same", (kind,), {verb: calling(verb) for verb in verbs})
        return made

    kind = with_classes(
        unit_class=overridden(MilitiaUnit, "observe", "decide", "act", "update"),
        leader_class=overridden(GroupLeader, "decide", "act"),
        force_class=overridden(SecurityForce, "decide", "act", "update"),
        mediator_class=overridden(Mediator, "decide", "act"),
        brigade_class=overridden(Brigade, "act"),
        crowd_class=overridden(Crowd, "update"),
    )
    for setting in (BUSY, MOVING):
        stock = engine.simulate(build(scenario(setting)), SEED, [0])
        assert same(run_to_end(model_of(setting, kind=kind, means=means)), stock)


@pytest.mark.parametrize("means", MEANS)
def test_a_leader_and_a_security_force_that_decide_otherwise(means):
    model = model_of(kind=with_classes(leader_class=Unheard), means=means)
    run_to_end(model)
    assert [order.given_at for order in model.orders] == [None, None]
    sent = change(BUSY, {"deployment": {"rule": "proportional", "reserve": 900}})
    model = model_of(sent, kind=with_classes(force_class=Absent), means=means)
    run_to_end(model)
    assert all(force.deployed == 0 for force in model.forces)
    model = model_of(sent, means=means)
    run_to_end(model)
    assert all(force.deployed > 0 for force in model.forces)


MOVING = change(
    BUSY,
    {
        "brigades": {
            "first": {"home": "north", "persons": 900, "crossing": "3h"},
            "second": {"home": "north", "persons": 90},
        },
        "deployments": {
            "ahead": {
                "trigger": {"after": "5h"},
                "to": "south",
                "brigades": ["first"],
                "lasts": "20h",
            }
        },
        "crowds": {"anger": 0.1},
    },
)


@pytest.mark.parametrize("means", MEANS)
def test_a_brigade_moves_from_cell_to_cell(means):
    model = model_of(MOVING, means=means)
    first, second = model.brigades
    assert (first.home, first.persons, second.key) == ("north", 900, "second")
    cells, moving = [], []
    for tick in range(40):
        model.step()
        cell = model.space.provinces[first.record.place]
        assert first.cell is cell
        assert first in cell.agents
        assert second.cell.key == "north"
        cells.append(first.cell.key)
        moving += [tick] * first.moving
    assert cells == ["north"] * 8 + ["south"] * 20 + ["north"] * 12
    assert moving == [5, 6, 7, 25, 26, 27]
    assert repr(first) == f"<brigade first in north, {first.persons} persons>"


class Staying(Brigade):
    def act(self):
        """Go nowhere."""


@pytest.mark.parametrize("means", MEANS)
def test_a_brigade_that_does_not_move_when_it_is_sent(means):
    model = model_of(MOVING, kind=with_classes(brigade_class=Staying), means=means)
    for _ in range(20):
        model.step()
    first = model.brigades[0]
    assert (first.heading, first.cell.key, first.moving) == ("south", "north", False)
    assert model.forces[0].deployed == 0


@pytest.mark.parametrize("means", MEANS)
def test_a_crowd_tells_how_many_and_how_angry(means):
    model = model_of(MOVING, means=means)
    (crowd,) = model.crowds
    assert (crowd.unit, crowd.cell.key) == (model.units[0], "north")
    assert (crowd.persons, crowd.present, crowd.anger) == (0, 0, 0.0)
    for _ in range(7):
        model.step()
    assert crowd.persons == crowd.unit.crowd > 0
    assert crowd.present == crowd.unit.crowd_present > 0
    assert crowd.anger == crowd.record.anger
    assert repr(crowd) == f"<crowd of red in north, {crowd.present} persons>"


class Forgiving(Crowd):
    def update(self):
        """Forget all anger at once."""
        self.record.anger = 0.0


@pytest.mark.parametrize("means", MEANS)
def test_a_crowd_that_forgets(means):
    angry, calm = [], []
    for kind, seen in ((Crowd, angry), (Forgiving, calm)):
        model = model_of(MOVING, kind=with_classes(crowd_class=kind), means=means)
        for _ in range(60):
            model.step()
            seen.append(model.crowds[0].anger)
    assert max(angry) > 0.0
    assert set(calm) == {0.0}


class Elder(mesa.Agent):
    """A new kind of agent: it sends a crowd home while many have died."""

    def act(self):
        if self.model.killed > 10:
            self.model.agents_by_type[MilitiaUnit].set("crowd", 0)


class WithElder(ReprisalModel):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        Elder(self)

    def forces_act(self):
        super().forces_act()
        self.agents_by_type[Elder].do("act")


@pytest.mark.parametrize("means", MEANS)
def test_a_new_kind_of_agent_and_a_phase_of_ones_own(means):
    model = model_of(kind=WithElder, means=means)
    seen = []
    while model.tick < model.world.n_ticks:
        killed = model.killed
        model.step()
        seen.append((killed > 10, sum(unit.crowd for unit in model.units)))
    assert {crowd for many, crowd in seen if many} == {0}
    assert any(crowd for many, crowd in seen if not many)


def test_a_batch_of_such_a_class_is_as_stepping_it():
    world = build(scenario(BUSY))
    kind = with_classes(unit_class=Patient)
    assert same(simulate(world, SEED, 3, kind), run_to_end(kind(world, SEED, 3, collect=False)))


def test_draws_of_ones_own_depend_on_their_address_alone():
    model, other = after(3), after(3)
    unit, twin = model.units[0], other.units[0]
    assert 0.0 <= unit.draw("keeps quiet") < 1.0
    assert unit.draw("keeps quiet") == twin.draw("keeps quiet")
    assert (
        len({unit.draw("keeps quiet"), unit.draw("speaks"), model.units[1].draw("keeps quiet")})
        == 3
    )
    before = unit.draw("keeps quiet")
    model.step()
    assert unit.draw("keeps quiet") != before
    assert after(3, replicate=1).units[0].draw("keeps quiet") != before
    assert model.leaders[0].draw("hesitates") != model.forces[0].draw("hesitates")


def test_mesas_own_generator_is_seeded_by_the_run():
    numbers = [model_of(replicate=n).random.random() for n in (0, 0, 1)]
    assert numbers[0] == numbers[1] != numbers[2]


@pytest.mark.parametrize("means", MEANS)
def test_an_impossible_state_ends_the_step(means):
    model = model_of(one_province(), means=means)
    with pytest.raises(ValueError, match=r"fighters of .* is 0 or more persons, got -5"):
        model.units[0].fighters = -5
    model.units[0].mobilisation = float("nan")
    said = "tick 0: the feud of red with violet in north is in an impossible state: hazard nan"
    with pytest.raises(UnsoundError, match=said):
        model.step()


# Functions of the step


@pytest.mark.parametrize("means", MEANS)
def test_functions_can_be_called_by_name_as_often_as_one_likes(means, monkeypatch):
    monkeypatch.setattr(memory, "SPARE", 4)
    model = model_of(one_province(), means=means)
    for _ in range(60):
        model.call("carry_out", 0)
    assert len(model.tables()["engagements"]["tick"]) == 60
    for function, numbers, said in (
        ("carry_out", (2,), "takes a number of dyads, 0 to 1; got 2"),
        ("carry_out", (-1,), "takes a number of dyads, 0 to 1; got -1"),
        ("carry_out", (), "carry_out takes dyads beside the run"),
        ("lose", (1,), "call it with numbers alone"),
        ("carry_ot", (1,), "sim.step has no function carry_ot; the nearest is carry_out"),
    ):
        with pytest.raises(ValueError, match=said):
            model.call(function, *numbers)


@pytest.mark.parametrize("means", MEANS)
def test_an_attack_in_any_phase_counts_as_a_loss(means):
    losses = {"action": "mobilise", "group": "violet", "trigger": {"when": {"own_killed": 1}}}
    setting = one_province(
        engagement__background_rate="0/d",
        modes__raid__target_killed={"median": 50.0, "log_sd": 0.01},
        orders={"answer": losses},
    )

    def attacking(phase):
        def early(model):
            getattr(super(kind, model), phase)()
            if model.tick == 2:
                model.call("carry_out", 0)

        kind = type("Early", (Model,), {phase: early})
        return kind

    for phase in ("politics_observe", "units_act", "forces_act"):
        model = model_of(setting, kind=attacking(phase), means=means)
        for _ in range(4):
            model.step()
        assert model.orders[0].given_at == 3, phase
        assert model.tables()["ticks"]["killed"][2] >= 45


def test_models_of_one_world_share_nothing_that_can_be_written_to():
    world = build(scenario(BUSY))
    model = ReprisalModel(world, SEED, collect=False, means="compiled")
    with pytest.raises(ValueError, match="read-only"):
        model.part("rivals")[:] = False
    model.part("reprisal")[:] = model.part("rivalry")[:] = 9.0
    other = ReprisalModel(world, SEED, collect=False, means="compiled")
    assert not other.part("reprisal").any()
    assert (other.part("rivalry") == 1.0).all()


def test_a_replicate_that_tables_cannot_hold_is_refused_by_them_alone():
    model = ReprisalModel(scenario(BUSY), SEED, 2**31, collect=False, means="interpreted")
    model.step()
    with pytest.raises(ValueError, match="tables hold replicates up to 2147483647"):
        model.tables()
