"""The branching ratio: against the model's own dyads, against runs, and its warning."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from reprisal.app import app
from sim.model import ReprisalModel
from sim.parameters import Scenario
from sim.rules import engagement, stance
from sim.scenario import load
from sim.world import build
from sim.world.stability import branching, warnings
from tests.test_statistics import HARMLESS_RAID
from tests.worlds import HARMLESS, LETHAL, one_province, runs, scenario, two_groups

SCENARIOS = Path(__file__).parents[1] / "scenarios"
NAMES = {"quiet": stance.QUIET, "mobilised": stance.MOBILISED, "stand_down": stance.STAND_DOWN}


def ratios(setting: dict[str, Any] | Scenario) -> dict[str, float]:
    made = setting if isinstance(setting, Scenario) else scenario(setting)
    return {found.stance: found.ratio for found in branching(made)}


def matrix_of(model: ReprisalModel, name: str) -> np.ndarray:
    """Mean offspring of each dyad (columns) in each dyad (rows), from the dyads of the model."""
    world, settings = model.world, model.settings
    effect = model.part("stances")[NAMES[name]]
    battle, reprisal = effect.battle, effect.reprisal
    casualties = world.casualties
    shares = np.array([mode.weight for mode in settings.modes.values()])
    killed = np.diff(casualties.target_killed, prepend=0.0, axis=1)
    magnitude = (shares / shares.sum()) @ (killed @ casualties.magnitude)
    made = np.zeros((len(model.dyads), len(model.dyads)))
    for cause, answer in enumerate(world.dyads.opposite):
        if answer < 0:
            continue
        made[answer, cause] += battle + reprisal
        for dyad in world.dyads.next_door[answer]:
            made[dyad, cause] += reprisal * settings.spillover.share * settings.spillover.enabled
        for dyad in world.dyads.elsewhere[answer]:
            news = settings.national_shock.strength * settings.national_shock.enabled * magnitude
            made[dyad, cause] += reprisal * news * (1 - model.dyads[dyad].unit.cell.authority)
    groups = model.part("groups")
    favoured = {key: group.favoured for key, group in zip(model.groups, groups, strict=True)}
    exposure = [
        dyad.rivalry
        * engagement.opportunity(
            dyad.unit.strength,
            dyad.rival.strength,
            settings.engagement.reference_fighters,
            settings.engagement.opportunity_limit,
        )
        * (1.0 if favoured[dyad.unit.group] else dyad.unit.security.deterrence)
        for dyad in model.dyads
    ]
    return np.array(exposure)[:, None] * made


def strongest(model: ReprisalModel) -> None:
    """Give every unit its largest crowd and, where a patron arms it, the arms of the last day."""
    model._now.tick = model.world.n_ticks
    for unit in model.units:
        unit.crowd = (
            max(
                (
                    order.crowd.get(unit.province, 0)
                    for order in model.settings.orders.values()
                    if order.action == "mobilise" and order.group == unit.group
                ),
                default=0,
            )
            * model.settings.crowds.enabled
        )
        unit.observe()


@pytest.mark.parametrize(
    "name", ["iraq-2022", "neighbours-catch-fire", "patron-arms", "partisan-security-forces",
             "two-groups", "tripoli-2022", "no-memory"],
)  # fmt: skip
def test_the_ratio_is_the_spectral_radius_over_all_dyads_of_the_model(name: str):
    made = load(SCENARIOS / f"{name}.yaml").scenario
    found = ratios(made)
    model = ReprisalModel(build(made), seed=1, collect=False, means="interpreted")
    strongest(model)
    for one in ("mobilised", "quiet"):
        if one == "quiet":
            for unit in model.units:
                unit.crowd = 0
                unit.observe()
        radius = max(abs(np.linalg.eigvals(matrix_of(model, one))))
        assert found[one] == pytest.approx(radius, abs=1e-7)


def test_runs_have_as_many_attacks_as_the_ratio_says():
    """Both provinces alike: attacks are background / (1 - ratio), at 4 standard errors."""
    setting = two_groups(
        clock__length="60d",
        modes__raid=HARMLESS_RAID,
        engagement__background_rate="0.1/d",
        stances__quiet={"battle": 0.2, "reprisal": 0.25},
        spillover={"enabled": True, "share": 0.6},
        reprisal__half_life="6h",
    )
    ratio = ratios(setting)["quiet"]
    assert ratio == pytest.approx(0.2 + 0.25 * 1.6)
    totals = np.array([len(tables["engagements"]["tick"]) for tables in runs(setting, 5, 20)])
    expected = 4 * 0.1 * 60 / (1 - ratio)
    error = totals.std(ddof=1) / math.sqrt(len(totals))
    assert abs(totals.mean() - expected) < 4 * error + 0.03 * expected


PARTS = [
    ("stances__mobilised__battle", 0.6, "stances.mobilised.battle"),
    ("stances__mobilised__reprisal", 0.7, "stances.mobilised.reprisal"),
    ("spillover", {"enabled": True, "share": 1.0}, "spillover.share"),
    ("national_shock", {"enabled": True, "strength": 2.0}, "national_shock.strength"),
    ("crowds__weight", 1.0, "crowds.weight"),
    ("engagement__opportunity_limit", 4.0, "engagement.opportunity_limit"),
    ("patronage__growth", 1.0, "patronage.growth"),
]


@pytest.mark.parametrize(("path", "value", "named"), PARTS)
def test_each_part_raises_the_ratio_and_is_named(path: str, value: Any, named: str):
    order = {
        "action": "mobilise", "group": "red", "trigger": {"after": "1d"},
        "crowd": {"north": 2000},
    }  # fmt: skip
    base = {
        "orders__rise": order,
        "groups__violet__patron": "arm",
        "patronage__growth": 0.05,
        "crowds__weight": 0.1,
        "engagement__opportunity_limit": 1.5,
        "engagement__reference_fighters": 1200.0,
        "national_shock": {"enabled": True, "strength": 0.1},
        "spillover": {"enabled": True, "share": 0.1},
    }
    if path in {"patronage__growth", "crowds__weight"}:
        base["engagement__opportunity_limit"] = 10.0
    before = ratios(two_groups(**base))["mobilised"]
    after = scenario(two_groups(**{**base, path: value}))
    assert ratios(after)["mobilised"] > before + 0.05
    [found] = [one for one in branching(after) if one.stance == "mobilised"]
    causes = {cause.path: cause for cause in found.causes}
    assert causes[named].ratio < found.ratio


@pytest.mark.parametrize("switch", ["battle", "reprisal", "national_shock", "spillover"])
def test_what_is_switched_off_adds_nothing(switch: str):
    lively = {"spillover__enabled": True, "national_shock__enabled": True}
    with_it = ratios(two_groups(**lively, modes__raid__target_killed=LETHAL))["quiet"]
    without = ratios(two_groups(**{**lively, f"{switch}__enabled": False}))["quiet"]
    assert without < with_it


def test_nothing_spreads_by_news_where_nobody_dies():
    shock = {"enabled": True, "strength": 5.0}
    assert ratios(two_groups(national_shock=shock, modes__raid__target_killed=HARMLESS)) == ratios(
        two_groups()
    )


def test_a_group_that_does_not_answer_ends_every_chain():
    assert ratios(two_groups(rivalry={"red": {"violet": 1.0}, "violet": {"red": 0.0}})) == {
        "quiet": 0.0
    }


def test_only_stances_that_can_come_about_are_looked_at():
    assert list(ratios(one_province())) == ["quiet"]
    assert list(ratios(one_province(stances__unasked=True))) == ["quiet", "mobilised"]
    hold = {"action": "hold", "group": "red", "trigger": {"after": "1d"}}
    assert list(ratios(one_province(orders__hold=hold))) == ["quiet", "stand_down"]
    assert list(ratios(one_province(orders__hold={**hold, "enabled": False}))) == ["quiet"]


def test_the_warning_begins_at_one():
    half = {"battle": 0.5, "reprisal": 0.499}
    assert warnings(scenario(one_province(stances__quiet=half))) == []
    [text] = warnings(scenario(one_province(stances__quiet={"battle": 0.5, "reprisal": 0.5})))
    assert text == (
        "the branching ratio is 1.00 while units are quiet (red and violet, mostly in north):"
        " an attack leads to as many again or more, so violence does not die out by itself; it"
        " comes from stances.quiet.battle 0.5 (ratio 0.50 at 0), stances.quiet.reprisal 0.5"
        " (ratio 0.50 at 0)"
    )


def test_the_command_line_warns():
    file = str(SCENARIOS / "neighbours-catch-fire.yaml")
    done = CliRunner().invoke(app, ["validate", file, str(SCENARIOS / "iraq-2022.yaml")])
    assert done.exit_code == 0
    warned = [line for line in done.stderr.splitlines() if line.startswith("Warning")]
    assert len(warned) == 1
    assert warned[0].startswith("Warning: neighbours-catch-fire: the branching ratio is 1.11")
    assert "spillover.share 0.5 (ratio 0.85 at 0)" in warned[0]
    assert "mobilised (saraya_salam and asaib_ahl_al_haq, mostly in basra)" in warned[0]
