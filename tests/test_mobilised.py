"""A country mobilised for good: how many attacks answer another, and that they cluster.

Everything that orders violence is taken out of the shipped baseline; what is left is a small rate
of attacks that nothing caused, and what follows from each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.engine import simulate
from sim.parameters import Scenario
from sim.scenario import from_resolved, load
from sim.world import build
from sim.world.stability import branching

FILE = Path(__file__).parents[1] / "scenarios" / "iraq-2022.yaml"
RUNS, FEW, DAYS, SETTLED = 800, 100, 120, 20
Floats = NDArray[np.float64]
SLOW = pytest.mark.slow


def lasting(mobilised: bool, **sections: dict[str, Any]) -> Scenario:
    """The baseline without orders, events and debts, and with ten times its background.

    Nor do followers meet the security force: the logs are of attacks between others.
    """
    data = load(FILE).resolved
    data["rivalry"]["saraya_salam"]["security_forces"] = 0.0
    data["clock"] |= {"length": f"{DAYS}d"}
    data["stances"] |= {"mobilisation_lapse": "365d", "unasked": False}
    data["vendetta"] |= {"enabled": False}
    data["deadlock"] |= {"enabled": False, "ends_with": None}
    data["engagement"] |= {"background_rate": "0.01/d"}
    data |= {"calendar": {}, "truces": {}, "restraint_calls": {}}
    order = {"action": "mobilise", "trigger": {"after": "0h"}}
    names = data["groups"] if mobilised else {}
    data["orders"] = {f"{name}_mobilises": {**order, "group": name} for name in names}
    for name, values in sections.items():
        data[name] |= values
    return from_resolved("lasting", data).scenario


def engagements(made: Scenario, runs: int = FEW) -> dict[str, NDArray[Any]]:
    table = simulate(build(made), 2022, range(runs))["engagements"]
    late = table["tick"] >= 24 * SETTLED
    return {name: column[late] for name, column in table.items()}


@pytest.fixture(scope="module")
def mobilised() -> dict[str, NDArray[Any]]:
    return engagements(lasting(True, deployment={"rule": "none"}), RUNS)


def test_as_many_attacks_answer_another_as_validate_prints(
    mobilised: dict[str, NDArray[Any]],
) -> None:
    """At usual presence, as in the reference situation; measured on logs: .52 to .73.

    Of the runs, within three standard errors: one false alarm in 700 on either side.
    """
    answers = np.bincount(mobilised["replicate"], mobilised["parent"] >= 0, RUNS)
    number = np.bincount(mobilised["replicate"], minlength=RUNS)
    realised = float(answers.sum() / number.sum())
    error = float((answers - realised * number).std() / number.mean() / RUNS**0.5)
    printed = branching(lasting(True))[1].realised
    assert 0.52 <= printed <= 0.73
    assert realised == pytest.approx(printed, abs=0.05)
    assert 0.52 - 3 * error <= realised <= 0.73 + 3 * error


def test_in_quiet_times_hardly_an_attack_answers_another() -> None:
    """The slow part alone; measured on logs: at most .25."""
    quiet = engagements(lasting(False, battle={"enabled": False}))
    assert 0.02 < (quiet["parent"] >= 0).mean() <= 0.25
    everything = engagements(lasting(False))
    printed = branching(lasting(False))[0].realised
    assert (everything["parent"] >= 0).mean() == pytest.approx(printed, abs=0.05)


def test_forces_that_come_take_answers_away(mobilised: dict[str, NDArray[Any]]) -> None:
    """At the most that forces do within their ranges."""
    most = lasting(True, deterrence={"strength": 0.3}, separation={"rate": "3/d"})
    at_work = engagements(most, RUNS)
    assert (at_work["parent"] >= 0).mean() < (mobilised["parent"] >= 0).mean() - 0.03


def burstiness(waits: Floats) -> float:
    """(s - m) / (s + m): 0 of a Poisson process (Goh and Barabasi 2008, EPL 81:48002)."""
    return float((waits.std() - waits.mean()) / (waits.std() + waits.mean()))


def memory(waits: Floats) -> float:
    """Correlation of a waiting time with the next one."""
    return float(np.corrcoef(waits[:-1], waits[1:])[0, 1])


def dispersion(hours: Floats) -> float:
    """Variance of daily counts over their mean: 1 of a Poisson process."""
    counts = np.bincount((hours // 24).astype(int) - SETTLED, minlength=DAYS - SETTLED)
    return float(counts.var(ddof=1) / counts.mean())


def test_engagements_cluster_beyond_trend_and_hour_of_day(
    mobilised: dict[str, NDArray[Any]],
) -> None:
    """Against as many events at the same hours of day on days drawn evenly: 5 standard errors.

    Nothing changes after 20 days, so that there is no trend to take out. Memory, the correlation of
    one waiting time with the next, is below that of such events with these numbers: see
    docs/baseline.md.
    """
    chance = np.random.default_rng(1)
    gaps = []
    for run in range(RUNS):
        ticks = mobilised["tick"][mobilised["replicate"] == run]
        seen = np.sort(ticks + chance.random(len(ticks)))
        days = chance.integers(SETTLED, DAYS, len(ticks))
        null = np.sort(24 * days + seen % 24)
        waits, theirs = np.diff(seen), np.diff(null)
        gaps.append(
            [
                burstiness(waits) - burstiness(theirs),
                memory(waits) - memory(theirs),
                dispersion(seen) - dispersion(null),
            ]
        )
    found = np.array(gaps)
    error = found.std(axis=0, ddof=1) / RUNS**0.5
    above = found.mean(axis=0) / error
    assert above[0] > 5
    assert above[1] < -5
    assert above[2] > 5


def killed(*changes: str, runs: int = 400) -> Floats:
    made = simulate(build(load(FILE, changes).scenario), 2022, range(runs))
    return np.asarray(made["runs"]["killed"], float)


ANSWERS = (
    "battle.enabled=false", "reprisal.enabled=false", "vendetta.enabled=false",
    "stances.unasked=false", "orders.asaib_ahl_al_haq_answers.enabled=false",
    "orders.kataib_hezbollah_answers.enabled=false", "orders.badr_answers.enabled=false",
    "orders.asaib_ahl_al_haq_mobilises.enabled=false",
)  # fmt: skip


@pytest.mark.parametrize(("share", "runs"), [(0.4, 400), pytest.param(0.5, 4000, marks=SLOW)])
def test_without_answers_at_least_half_of_the_deaths_of_the_baseline_are_gone(
    share: float, runs: int
) -> None:
    """Of means over pairs; the share lies more than five standard errors away."""
    left, all_dead = killed(*ANSWERS, runs=runs), killed(runs=runs)
    gap = (1 - share) * all_dead - left
    assert gap.mean() > 5 * gap.std(ddof=1) / len(gap) ** 0.5


def test_twice_the_fighters_in_the_capital_change_the_deaths() -> None:
    """400 pairs, at five standard errors: no limit takes the effect away."""
    gap = killed("groups.saraya_salam.fighters.baghdad=5000") - killed()
    assert abs(gap.mean()) > 5 * gap.std(ddof=1) / len(gap) ** 0.5
