"""Numbers that are not known: scenarios at draws of them, the same in every scenario.

Draws come from a posterior that is kept beside a scenario, as ``calibrate`` wrote it; without one
from the plausible ranges of the file, evenly. A number that a scenario itself sets stays as it is
written, and so does one that was edited after the calibration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.scenario.designs import LISTED, write_value
from sim.scenario.designs.numbers import Numbers
from sim.scenario.designs.sampling import within
from sim.scenario.designs.uncertainty import ranges_of_file
from sim.scenario.loading import Loaded, load, with_design
from sim.scenario.places import Place, tree_of
from sim.scenario.problems import Problem, ScenarioError

DRAWS = 200
FOLDER = "posteriors"


def posterior_of(loaded: Loaded) -> Path | None:
    """Find the posterior that lies beside a scenario or beside what it extends."""
    files = [loaded.path, *loaded.parents] if loaded.path else []
    beside = [file.parent / FOLDER / file.name for file in files]
    return next((file for file in beside if file.is_file()), None)


def uncertain(loaded: Loaded, draws: int = DRAWS, seed: int = 1) -> Loaded:
    """Give a scenario draws of the numbers that are not known, as its design."""
    place = Place(str(loaded.path or loaded.name))
    if loaded.design is not None:
        raise _wrong(place, "already has a design that draws numbers; leave out --uncertain")
    file = posterior_of(loaded)
    numbers = Numbers(loaded.scenario, loaded.resolved, loaded.unknown)
    columns = dict(_of_posterior(file, numbers) if file else _even(numbers, draws, seed))
    if file and not columns:
        raise _wrong(
            place,
            f"has none of the numbers for which the posterior in {file} was made; calibrate this "
            "file again, or remove the posterior to draw from the ranges",
        )
    if not columns:
        raise _wrong(place, "no number has a range, such as 0.3 (0.1 to 0.5); nothing is drawn")
    return with_design(loaded, tree_of({"method": LISTED, "values": columns}, place))


def not_drawn(loaded: Loaded) -> list[str]:
    """Numbers that are drawn in the posterior of a scenario, and not in the scenario itself."""
    file = posterior_of(loaded)
    if file is None or loaded.design is None:
        return []
    drawn = {each.path for each in loaded.design.ranges}
    design = _posterior(file).design
    assert design is not None
    return [each.path for each in design.ranges if each.path not in drawn]


def _posterior(file: Path) -> Loaded:
    """Read a posterior; once for the scenarios of a batch, since that takes seconds."""
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read(file: Path, changed: int) -> Loaded:  # noqa: ARG001 - a file that changed is read anew
    return load(file)


def _of_posterior(file: Path, numbers: Numbers) -> Iterator[tuple[str, list[Any]]]:
    """Give the draws of a posterior, of the numbers that are as they were when it was made."""
    posterior = _posterior(file)
    design = posterior.design
    if design is None or design.method != LISTED:
        raise _wrong(Place(str(file)), f"is no posterior; it needs a design {LISTED}")
    before = Numbers(posterior.scenario, posterior.resolved, {})
    for varied, column in zip(design.ranges, design.listed, strict=True):
        path = varied.path
        if path in numbers.leaves and numbers.own(path) == before.own(path):
            yield path, [design.write(varied, value) for value in column]


def _even(numbers: Numbers, draws: int, seed: int) -> Iterator[tuple[str, list[Any]]]:
    """Fill every range evenly, in an order that hangs on the number's name alone."""
    from scipy.stats import qmc

    for varied in ranges_of_file((), numbers):
        named = hashlib.sha256(f"{seed} {varied.path}".encode()).digest()
        sampler = qmc.LatinHypercube(1, rng=int.from_bytes(named[:8], "little"))
        values = within(varied, sampler.random(draws)[:, 0]).tolist()
        yield varied.path, [write_value(varied, value, numbers.start) for value in values]


def _wrong(place: Place, message: str) -> ScenarioError:
    return ScenarioError([Problem(place, (), message)])
