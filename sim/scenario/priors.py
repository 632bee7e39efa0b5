"""Priors of a calibration: ranges that a file or an option gives, drawn as a Latin hypercube.

Parameters are uniform within their ranges, or uniform in the logarithm where the scale is
``log``. A Latin hypercube is such a sample with every margin filled evenly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sim.scenario.designs.block import ranges_of_options
from sim.scenario.designs.design import BLOCK
from sim.scenario.designs.uncertainty import ranges_of_file
from sim.scenario.loading import Loaded, with_design
from sim.scenario.places import Node, Place, tree_of
from sim.scenario.problems import Problem, ScenarioError, list_names, nearest


def with_prior(
    loaded: Loaded, names: Sequence[str], ranges: Sequence[str], size: int, seed: int = 1
) -> Loaded:
    """Give a scenario draws from the prior as its design.

    ``names`` are dotted paths of the parameters to draw, or their ends as far as they name one;
    without names all of the options ``--range`` and of a block ``design`` are drawn, and without
    those all numbers that have a range in the file. An option wins over a block, a block over the
    file.
    """
    here = Place(str(loaded.path or loaded.name))
    known = _known(loaded, names, ranges, here)
    chosen = {path: known[path] for path in _chosen(names, list(known), here)}
    block = tree_of({"method": "latin", "size": size, "seed": seed}, here)
    block.value["ranges"] = Node(chosen, here)
    return with_design(loaded, block)


def narrower(loaded: Loaded, ends: Mapping[str, tuple[float, float]], seed: int) -> Loaded:
    """Give a scenario that has a prior as many draws from a part of it.

    ``ends`` are new ends by path, within those of the prior: in hours, per hour, or as the scenario
    counts. Other parameters keep their range.
    """
    design = loaded.design
    assert design is not None
    sides = [ends.get(each.path, (each.low, each.high)) for each in design.ranges]
    ranges = tuple(
        replace(each, low=low, high=high)
        for each, (low, high) in zip(design.ranges, sides, strict=True)
    )
    spec = replace(design, ranges=ranges, seed=seed).spec
    return with_design(loaded, tree_of(spec, Place(str(loaded.path or loaded.name))))


def _known(
    loaded: Loaded, names: Sequence[str], ranges: Sequence[str], here: Place
) -> dict[str, Node]:
    """Give every number with a range: of the options, else of a block design, else of the file."""
    given = loaded.design.spec.get("ranges", {}) if loaded.design else {}
    first: dict[str, Node] = tree_of(given, here).value | ranges_of_options(ranges, "--range")
    if first and not names:
        return first
    varied = ranges_of_file((), loaded.numbers)
    scales = {each.path: "log" if each.log else "linear" for each in varied}
    of_file = {
        path: tree_of({"low": low, "high": high, "scale": scales.get(path, "linear")}, here)
        for path, (low, high) in loaded.ranges.items()
        if names or path in scales
    }
    return of_file | first


def _chosen(names: Sequence[str], known: list[str], here: Place) -> list[str]:
    if not known:
        message = "no parameter has a range; write one in the file, or give --range"
        raise ScenarioError([Problem(here, (BLOCK, "ranges"), message)])
    if not names:
        return known
    chosen, problems = [], []
    for name in names:
        fits = [path for path in known if path == name or path.endswith(f".{name}")]
        exact = [path for path in fits if path == name] or fits
        if len(exact) == 1:
            chosen.append(exact[0])
            continue
        near = nearest(name, known)
        message = "names several ranges" if exact else "has no range; give --range"
        place = Place(f"--parameters {name}")
        problems.append(Problem(place, (), message, "", list_names(exact or known, near), near))
    if problems:
        raise ScenarioError(problems)
    return list(dict.fromkeys(chosen))
