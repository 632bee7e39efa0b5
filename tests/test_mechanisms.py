"""Each mechanism alone: switched off it leaves a Poisson process, switched on it moves its
own statistic in the stated direction.

Directions are tested on paired runs (same seed, same replicates) with a one-sided sign test
at 1 in 1,000 per mechanism.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.mechanisms import MECHANISMS
from sim.records import ACTIONS, CAUSES
from sim.world import build
from tests.worlds import HARMLESS, change, one_province, runs, scenario, two_groups

SEED = 11
ACTION = {name: code for code, name in enumerate(ACTIONS)}
CAUSE = {name: code for code, name in enumerate(CAUSES)}
RUNS = 30
ALL_OFF = {
    switch.path.replace(".", "__"): switch.off
    for mechanism in MECHANISMS
    for switch in mechanism.switches
    if "*" not in switch.path
}


def tables_of(setting, number=RUNS):
    return runs(setting, SEED, number)


def engagements(tables):
    return len(tables["engagements"]["tick"])


def course(tables, world):
    """Branches that politics took, in order."""
    acts, names = tables["orders"], world.labels["order"]
    return [names[code] for code in acts["order"][acts["action"] == ACTION["event"]]]


def reprisals(tables):
    return (tables["engagements"]["cause"] == CAUSE["reprisal"]).sum()


SENT = {"rule": "proportional", "alarm_killed": 0, "ceiling": 10.0, "lag": "0h"}


def higher(setting, on, statistic=engagements):
    """p-value of the sign test that the statistic is higher with the changes than without."""
    without, with_it = tables_of(setting), tables_of(change(setting, on))
    differences = np.array(
        [statistic(b) - statistic(a) for a, b in zip(without, with_it, strict=True)]
    )
    up, down = int((differences > 0).sum()), int((differences < 0).sum())
    return stats.binomtest(up, max(1, up + down), 0.5, alternative="greater").pvalue


def lower(setting, on, statistic=engagements):
    return higher(setting, on, lambda tables: -statistic(tables))


def order(action, group="red", **fields):
    return {"action": action, "group": group, "trigger": {"after": "0h"}, **fields}


BUSY = one_province(engagement__background_rate="2/d", **ALL_OFF)
QUIET_HARM = {"weight": 0.5, "target_killed": HARMLESS, "attacker_killed": HARMLESS}


def test_everything_off_leaves_a_poisson_process():
    """KS of engagement times at 1e-3 and dispersion of counts at 1e-3."""
    tables = tables_of(change(BUSY, {"modes__raid": QUIET_HARM}), 60)
    counts = np.array([engagements(t) for t in tables])
    ticks = np.concatenate([t["engagements"]["tick"] for t in tables])
    jitter = np.random.default_rng(2).random(len(ticks))
    assert stats.kstest((ticks + jitter) / 240, "uniform").pvalue > 1e-3
    dispersion = ((counts - counts.mean()) ** 2).sum() / counts.mean()
    assert 1e-3 < stats.chi2(len(counts) - 1).cdf(dispersion) < 1 - 1e-3
    assert all((t["engagements"]["cause"] == CAUSE["background"]).all() for t in tables)
    assert all(len(t["orders"]["tick"]) == 0 for t in tables)


@pytest.mark.parametrize(
    "on",
    [
        {"battle__enabled": True, "stances__quiet": {"battle": 0.5, "reprisal": 0.0}},
        {"reprisal__enabled": True, "stances__quiet": {"battle": 0.0, "reprisal": 0.5}},
        {"deadlock": {"enabled": True, "since": "2021-01-01T00:00", "growth": 0.1}},
        {"rivalry": {"red": {"violet": 1.0}}, "engagement__background_rate": "4/d"},
        {"orders": {"rise": order("mobilise", attack_rate="4/d", attack_half_life="5d")}},
        {
            "crowds__enabled": True,
            "groups__red__fighters__north": 2000,
            "engagement__opportunity_limit": 5.0,
            "orders": {"rise": order("mobilise", crowd={"north": 60_000})},
        },
        {
            "patronage": {"enabled": True, "growth": 0.5},
            "groups__red__patron": "arm",
            "engagement__opportunity_limit": 5.0,
        },
        {
            "calendar__ruling": {
                "at": "2022-01-02T00:00",
                "branches": {
                    "no": {"probability": 1.0, "effect": {"red": 2.0}, "half_life": "90d"}
                },
            }
        },
    ],
    ids=["battle", "reprisal", "deadlock", "rate", "mobilise", "crowd", "arm", "ruling"],
)
def test_raises_engagements(on):
    assert higher(BUSY, on) < 1e-3


@pytest.mark.parametrize(
    "on",
    [
        {"orders": {"call": order("withdraw", compliance=0.9)}},
        {"orders": {"wait": order("hold", compliance=0.9)}},
        {"deterrence": {"enabled": True, "strength": 0.3}, "deployment": SENT},
        {
            "offices": {"enabled": True, "closed_share": 0.9},
            "orders": {"close": order("close_offices", group="violet")},
        },
        {"truces__pilgrimage": {"start": "2022-01-02T00:00", "lasts": "7d", "factor": 0.1}},
        {
            "restraint_calls__council": {
                "at": "2022-01-02T00:00",
                "factor": 0.2,
                "lasts": "9d",
            }
        },
        {
            "calendar__session": {
                "at": "2022-01-02T00:00",
                "branches": {
                    "moved": {
                        "probability": 1.0,
                        "effect": {"red": -0.5, "violet": -0.5},
                        "again_after": "2d",
                    }
                },
            }
        },
    ],
    ids=["withdraw", "hold", "deterrence", "offices", "truce", "call", "postponed"],
)
def test_lowers_engagements(on):
    assert lower(BUSY, on) < 1e-3


def test_restraining_patron_raises_compliance():
    call = {"orders": {"call": order("withdraw", compliance=0.4, spread=0.0)}}
    restrained = {
        "patronage": {"enabled": True, "restraint": 0.9},
        "groups__red__patron": "restrain",
    }
    assert lower(change(BUSY, call), restrained) < 1e-3


def test_order_not_to_be_provoked_lowers_reprisals():
    avenging = change(
        BUSY, {"reprisal__enabled": True, "stances__quiet": {"battle": 0.0, "reprisal": 0.6}}
    )
    order_ = {
        "provocation": {"enabled": True, "restraint": 0.0},
        "orders": {
            "calm_red": order("restrain", lasts=None),
            "calm_violet": order("restrain", group="violet", lasts=None),
        },
    }
    assert lower(avenging, order_, reprisals) < 1e-3
    after = tables_of(change(avenging, order_), 5)
    assert all(
        (t["engagements"]["cause"][t["engagements"]["tick"] > 0] == CAUSE["background"]).all()
        for t in after
    )


def test_insult_provokes_in_every_province_and_restraint_halves_it():
    setting = two_groups(
        **ALL_OFF,
        stances__quiet={"battle": 0.0, "reprisal": 1.0},
        orders={"insult": order("insult", target="violet", strength=3.0)},
    )
    insulted = change(setting, {"provocation__enabled": True, "reprisal__enabled": True})
    provoked = [
        (t["engagements"]["province"][i], t["engagements"]["attacker"][i])
        for t in tables_of(insulted)
        for i in np.flatnonzero(t["engagements"]["cause"] == CAUSE["provocation"])
    ]
    assert {attacker for _, attacker in provoked} == {1}
    assert {province for province, _ in provoked} == {0, 1}
    calmed = change(
        insulted,
        {"orders__calm": order("restrain", group="violet"), "provocation__restraint": 0.0},
    )
    assert not any(
        (t["engagements"]["cause"] == CAUSE["provocation"]).any() for t in tables_of(calmed, 10)
    )


def test_debt_from_before_the_run_is_paid_with_its_probability_and_lag():
    """Share paid within the median lag is half of `paid`; binomial at 1e-3."""
    setting = change(
        BUSY,
        {
            "clock__length": "30d",
            "engagement__background_rate": "0/d",
            "vendetta": {
                "enabled": True,
                "paid": 0.6,
                "median_lag": "30d",
                "debts": {"old": {"creditor": "red", "debtor": "violet", "province": "north"}},
            },
        },
    )
    paid = sum(engagements(t) for t in tables_of(setting, 200))
    assert stats.binomtest(paid, 200, 0.3).pvalue > 1e-3


def test_mediation_eases_reprisals():
    setting = change(
        BUSY,
        {
            "reprisal__enabled": True,
            "stances__quiet": {"battle": 0.0, "reprisal": 0.8},
            "deployment": {**SENT, "alarm_killed": 1, "return_after": "6h"},
        },
    )
    on = {"mediation": {"enabled": True, "pause": "1h", "reprisal_factor": 0.0}}
    assert lower(setting, on) < 1e-3
    acts = tables_of(change(setting, on), 3)[0]["orders"]
    assert (acts["action"] == ACTION["mediate"]).any()


def test_branches_are_drawn_as_often_as_they_should_and_stored():
    """Chi-square at 1e-3 over 300 runs."""
    branches = {
        "yes": {"probability": 0.2},
        "no": {"probability": 0.3},
        "moved": {"probability": 0.4, "again_after": "30d"},
    }
    setting = change(
        BUSY,
        {
            "clock__length": "2d",
            "engagement__background_rate": "0/d",
            "calendar__ruling": {"at": "2022-01-01T05:00", "branches": branches},
        },
    )
    world = build(scenario(setting))
    paths = [course(t, world) for t in tables_of(setting, 300)]
    names = [["ruling.yes"], ["ruling.no"], ["ruling.moved"], []]
    observed = [paths.count(name) for name in names]
    assert sum(observed) == 300
    assert stats.chisquare(observed, [60, 90, 120, 30]).pvalue > 1e-3
