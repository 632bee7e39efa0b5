"""How probable what was reported is: for the file as it stands, the best draw and the posterior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.evaluation import score
from analysis.events.calibration.reference import measured
from analysis.events.calibration.reported import answers
from analysis.frames import Frames

if TYPE_CHECKING:
    from analysis.events.calibration.result import Result
    from sim.targets import Targets

REPEATS = 5
FINALISTS = 10


def table(shown: Mapping[str, Frames], targets: Targets) -> pd.DataFrame:
    """Give the probability of each target."""
    labels = [each.label for each in targets.targets.values()]
    made: dict[str, list[Any]] = {
        "target": [*targets.targets, "score"], "label": [*labels, "Sum of logarithms"]
    }  # fmt: skip
    for name, frames in shown.items():
        found = met(frames, targets)
        shares = found.mean(axis=0)
        made[name] = [*shares, score(shares, len(found))]
    return pd.DataFrame(made)


def met(frames: Frames, targets: Targets) -> NDArray[np.bool_]:
    """Say which runs are as reported."""
    (name,) = frames.scenarios
    return answers(measured(frames, name, targets), targets)


def best_first(frames: Frames, targets: Targets, draws: int) -> NDArray[np.intp]:
    """Order draws by the score of their runs, the best first."""
    found = met(frames, targets)
    numbers = np.sort(frames.runs["replicate"].to_numpy()) % draws
    runs = np.bincount(numbers, minlength=draws)
    hits = np.array([np.bincount(numbers, each, draws) for each in found.T])
    scores = [score(column / max(n, 1), n) for column, n in zip(hits.T, runs, strict=True)]
    return np.argsort(-np.array(scores), kind="stable")


def unreached(result: Result, targets: Targets) -> list[str]:
    """Name the targets that no run of the reference table meets, whatever its draw."""
    assert result.reference.measured is not None
    shares = answers(result.reference.measured, targets).mean(axis=0)
    return [
        each.label
        for each, share in zip(targets.targets.values(), shares, strict=True)
        if not share
    ]
