"""The model as a function, and driven from the EMA workbench; its analyses read our exports."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import analysis
from sim import batch, scenario, store
from sim.batch.engine import MESA
from sim.scenario.designs import sampling
from tests import corner_engine as corner
from tests import ishigami_engine as ishigami
from tests.batches import make

ROOT = Path(__file__).parent.parent
VARIED = {"reprisal.half_life": (12.0, 48.0), "stances.mobilised.reprisal": (0.1, 0.5)}


def test_a_function_gives_what_a_batch_stores_at_the_same_point(tmp_path: Path) -> None:
    ranges = {"stances.quiet.battle": [0.0, 1.0], "stances.quiet.reprisal": [0.0, 1.0]}
    design = {"method": "latin", "size": 6, "ranges": ranges}
    loaded = make(tmp_path, "base", design=design)
    results = store.create_or_open(tmp_path / "r", [loaded], 9, 1)
    batch.run(results, workers=1, engine=ishigami.ENGINE)
    stored = results.read("runs", ["killed"]).to_pandas()["killed"]
    run = batch.as_function(loaded, seed=9, engine=ishigami.ENGINE)
    points = sampling.draw(loaded.design)  # type: ignore[arg-type]
    paths = [each.path for each in loaded.design.ranges]  # type: ignore[union-attr]
    for point, values in enumerate(points.values):
        made = run(replicate=point, **dict(zip(paths, values, strict=True)))
        assert made["killed"] == stored[point]


def test_a_function_takes_identifiers_and_refuses_unknown_names() -> None:
    run = batch.as_function(scenario.load(ROOT / "scenarios" / "two-groups.yaml"))
    ours = run(replicate=2, reprisal__half_life=12.0)
    assert ours == run(replicate=2, **{"reprisal.half_life": 12.0})
    with pytest.raises(ValueError, match=r"did you mean 'reprisal\.half_life'"):
        run(reprisal__half_lif=12.0)


def test_the_workbench_runs_the_model_and_gets_the_same_numbers() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        workbench = pytest.importorskip("ema_workbench")
        loaded = scenario.load(ROOT / "scenarios" / "two-groups.yaml")
        run = batch.as_function(loaded, seed=4, engine=MESA)
        model = workbench.ReplicatorModel("reprisal", function=run)
        model.uncertainties = [
            workbench.RealParameter(path.replace(".", "__"), low, high)
            for path, (low, high) in VARIED.items()
        ]
        names = ("killed", "hours_to_calm")
        model.outcomes = [workbench.ArrayOutcome(name) for name in names]
        model.replications = [{"replicate": 0}, {"replicate": 1}]
        with workbench.SequentialEvaluator(model) as evaluator:
            experiments, outcomes = evaluator.perform_experiments(scenarios=4)
    assert outcomes["killed"].shape == (4, 2)
    for place, row in enumerate(experiments.to_dict("records")):
        point = {path: row[path.replace(".", "__")] for path in VARIED}
        for replicate in (0, 1):
            alone = run(replicate=replicate, **point)
            assert [outcomes[name][place][replicate] for name in names] == [
                alone[name] for name in names
            ]


def test_the_workbench_finds_the_box_in_our_export(tmp_path: Path) -> None:
    ranges = {path: [0.0, 1.0] for path in corner.PATHS}
    design = {"method": "latin", "size": 300, "ranges": ranges}
    results = store.create_or_open(tmp_path / "r", [make(tmp_path, "b", design=design)], 3, 1)
    batch.run(results, workers=1, engine=corner.ENGINE)
    experiments, outcomes = analysis.to_ema(analysis.load(tmp_path / "r"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("ema_workbench")
        from ema_workbench.analysis import prim

        hits = np.asarray(outcomes["killed"]) > 50
        found = prim.Prim(experiments[list(corner.PATHS)], hits, threshold=0.6).find_box()
        limits = found.box_lims[-1]
    assert limits[corner.PATHS[0]][0] == pytest.approx(corner.LOW, abs=0.12)
    assert limits[corner.PATHS[1]][1] == pytest.approx(corner.HIGH, abs=0.12)
