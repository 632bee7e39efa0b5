"""Which engine runs a batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import scenario
from sim.batch import EngineError, choice
from sim.batch.engine import COMPILED, INTERPRETED, MESA, MESA_COMPILED, Engine
from sim.scenario.designs import sampling

ROOT = Path(__file__).parents[1]
TUTORIAL = {"two": scenario.load(ROOT / "scenarios" / "two-groups.yaml").scenario}


def chosen(name: str, runs: int, workers: int = 2) -> Engine:
    return choice.choose(name, TUTORIAL, {"two": runs}, workers)


@pytest.fixture(params=[True, False, None], ids=["ready", "cold", "missing"])
def state(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool | None:
    """Whether the compiled engine is ready; None without its packages."""

    def ready(_: Engine) -> bool:
        if request.param is None:
            raise ModuleNotFoundError("No module named 'numba'")
        return bool(request.param)

    monkeypatch.setattr(Engine, "ready", property(ready))
    return request.param


@pytest.mark.parametrize(("runs", "engine"), [(10, INTERPRETED), (100_000, COMPILED)])
def test_auto(state: bool | None, runs: int, engine: Engine) -> None:
    expected = {True: COMPILED, False: engine, None: INTERPRETED}[state]
    assert chosen("auto", runs) is expected


def test_more_workers_make_interpreting_fast_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "ready", property(lambda _: False))
    runs = int(1.5 * choice.COMPILE_SECONDS / choice.interpreted_seconds(TUTORIAL["two"]))
    assert chosen("auto", runs, workers=1) is COMPILED
    assert chosen("auto", runs, workers=2) is INTERPRETED


def test_some_hundred_runs_of_a_month_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "ready", property(lambda _: False))
    month = scenario.load(ROOT / "scenarios" / "two-groups.yaml", ["clock.length=728h"]).scenario
    assert month.clock.n_ticks == 728
    assert choice.choose("auto", {"month": month}, {"month": 400}, 2) is COMPILED


def test_a_batch_has_no_more_workers_than_it_has_work_for() -> None:
    seconds = choice.interpreted_seconds(TUTORIAL["two"])

    def worth(engine: Engine, work: float) -> int:
        return choice.worth_starting(engine, TUTORIAL, {"two": round(work / seconds)})

    assert worth(COMPILED, 200) == 1
    assert worth(COMPILED, 4 / choice.COMPILED_SHARE) == 4
    assert worth(INTERPRETED, 4) == 4


@pytest.mark.parametrize("ready", [True, False])
def test_little_work_for_machine_code_is_done_here(
    monkeypatch: pytest.MonkeyPatch, ready: bool
) -> None:
    monkeypatch.setattr(Engine, "ready", property(lambda _: ready))
    most = choice.HERE_SECONDS / choice.COMPILED_SHARE
    runs = int(most / choice.interpreted_seconds(TUTORIAL["two"]))
    assert choice.done_here(COMPILED, TUTORIAL, {"two": runs}) is ready
    assert not choice.done_here(COMPILED, TUTORIAL, {"two": runs + 1})
    assert not choice.done_here(INTERPRETED, TUTORIAL, {"two": 1})


def test_worlds_of_a_design_are_work_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "ready", property(lambda _: True))
    loaded = scenario.with_prior(
        scenario.load(ROOT / "scenarios" / "iraq-2022.yaml"), [], [], size=400
    )
    assert loaded.design is not None
    points = sampling.draw(loaded.design)
    plain = {"iraq": loaded.scenario}
    drawn = {"iraq": sampling.settings(loaded.scenario, loaded.resolved, points)}
    runs = {"iraq": 400}
    assert choice.done_here(COMPILED, plain, runs)
    assert not choice.done_here(COMPILED, drawn, runs)
    assert choice.fitting_workers(COMPILED, drawn, runs, 2) == 2
    assert choice.worth_starting(INTERPRETED, drawn, runs) == choice.worth_starting(
        INTERPRETED, plain, runs
    )


def test_points_whose_worlds_stay_cost_little_when_they_come_again() -> None:
    loaded = scenario.load(ROOT / "scenarios" / "two-groups.yaml")

    def seconds(points: int) -> tuple[float, float]:
        """What points cost in 400 and 4,000 runs beside the runs themselves."""
        ranges = ["reprisal.half_life=12h..4d"]
        design = scenario.with_prior(loaded, [], ranges, size=points).design
        assert design is not None
        drawn = sampling.settings(loaded.scenario, loaded.resolved, sampling.draw(design))
        few, many = (
            choice._work(COMPILED, {"a": drawn}, {"a": runs})
            - choice._work(COMPILED, {"a": loaded.scenario}, {"a": runs})
            for runs in (400, 4000)
        )
        return few, many

    few, many = seconds(200)
    assert many < 4 * few
    few, many = seconds(400)
    assert many == pytest.approx(10 * few)


def test_what_is_asked_for_by_name(state: bool | None) -> None:
    long, short = (MESA if state is None else MESA_COMPILED), (MESA_COMPILED if state else MESA)
    assert (chosen("mesa", 10**6), chosen("mesa", 1)) == (long, short)
    assert chosen("interpreted", 10**6) is INTERPRETED
    if state is None:
        with pytest.raises(EngineError, match=r"'numba'.*--engine interpreted"):
            chosen("compiled", 1)
    else:
        assert chosen("compiled", 1) is COMPILED


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="one of auto, compiled, interpreted, mesa, got 'fast'"):
        chosen("fast", 1)


@pytest.mark.parametrize(("value", "off"), [("1", True), ("0", False), ("", False)])
def test_where_numba_compiles_nothing_runs_are_interpreted(
    monkeypatch: pytest.MonkeyPatch, value: str, off: bool
) -> None:
    monkeypatch.setattr(Engine, "ready", property(lambda _: True))
    monkeypatch.setenv("NUMBA_DISABLE_JIT", value)
    assert chosen("auto", 100_000) is (INTERPRETED if off else COMPILED)
    assert chosen("mesa", 100_000) == (MESA if off else MESA_COMPILED)
    if off:
        with pytest.raises(EngineError, match="NUMBA_DISABLE_JIT is set"):
            chosen("compiled", 1)
