"""Results in the shapes that EMA workbench, SALib and Mesa users work with, and as CSV."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from analysis.explore.designs import UNITS, explored, filled, points_of
from analysis.files import csv, write_texts
from analysis.frames import Frames, LoadError
from analysis.timeline import daily
from sim.records import TABLES
from sim.scenario import parameters_table
from sim.store.files import writing

if TYPE_CHECKING:
    from sim.scenario import Loaded
    from sim.scenario.designs.sampling import Points

FORMATS = ("csv", "ema", "salib", "mesa")
_KEYS = ["scenario", "replicate", "seed"]
_TEXTS = ("title", "question")


def parameters(frames: Frames) -> pd.DataFrame:
    """Tell with which parameters each run was made, as far as runs differ in them.

    One row per run, in the order of ``frames.runs``: ``scenario``, ``replicate``, ``seed``, and a
    column per parameter, named by its dotted path, that a design varies or that is not the same in
    all scenarios. Numbers are in the units of docs/parameters.md with durations in hours, rates per
    hour and local times in hours after the start; what is no number is text; what a scenario does
    not have is missing.
    """
    points = {name: points_of(frames, loaded) for name, loaded in frames.scenarios.items()}
    flat = {name: _flat(loaded) for name, loaded in frames.scenarios.items()}
    names = [*_differing(list(flat.values())), *_ranges(list(points.values()))]
    names = list(dict.fromkeys(names))
    parts = []
    for name, rows in frames.runs.groupby("scenario", observed=True):
        own = {key: flat[str(name)].get(key) for key in names}
        table = points[str(name)]
        at = {} if table is None else _at_points(rows["replicate"], table)
        columns = {key: [value] * len(rows) for key, value in own.items()} | at
        parts.append(pd.concat([rows[_KEYS], pd.DataFrame(columns, index=rows.index)], axis=1))
    return pd.concat(parts).sort_index().reset_index(drop=True)


def to_ema(frames: Frames) -> tuple[pd.DataFrame, dict[str, NDArray[Any]]]:
    """Give results as EMA workbench's analyses expect them.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.

    Returns
    -------
    experiments : pandas.DataFrame
        One row per run: its parameters (see `parameters`), ``scenario`` (the replicate: the
        chance, which nobody chooses), ``policy`` (the scenario file, which is chosen) and
        ``model``.
    outcomes : dict of str to ndarray
        By outcome one number per run; ``killed_by_day`` has shape (runs, days) and is there
        where all runs have the same days.
    """
    table = parameters(frames)
    experiments = table.drop(columns=_KEYS).assign(
        scenario=table["replicate"], policy=table["scenario"].astype(str), model="reprisal"
    )
    outcomes: dict[str, NDArray[Any]] = {
        column.name: frames.runs[column.name].to_numpy(dtype=float) for column in frames.outcomes
    }
    by_day = _by_day(frames)
    return experiments, outcomes if by_day is None else outcomes | {"killed_by_day": by_day}


def to_salib(
    frames: Frames, scenario: str | None = None
) -> tuple[dict[str, Any], NDArray[np.float64], pd.DataFrame]:
    """Give the points of a design and their outcomes as SALib's analysers expect them.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    scenario : str, optional
        A scenario with a design; the first that has one when left out.

    Returns
    -------
    problem : dict
        ``num_vars``, ``names`` and ``bounds``.
    x : ndarray, shape (points, num_vars)
        Parameters, in the order of the sampler.
    y : pandas.DataFrame
        One row per point, one column per outcome: means over the replicates of the point.

    Raises
    ------
    analysis.LoadError
        When there is no design, or a point has no finished run.
    """
    design = explored(frames, scenario)
    ranges, x = design.design.ranges, filled(design)
    names = [column.name for column in frames.outcomes]
    y = design.runs[names].astype(float).groupby(design.runs["replicate"] % len(x)).mean()
    gone = len(x) - len(y)
    if gone:
        raise LoadError(f"{design.name}: {gone:,} of {len(x):,} points have no finished run")
    problem = {
        "num_vars": len(ranges),
        "names": [each.path for each in ranges],
        "bounds": [[each.low, each.high] for each in ranges],
    }
    return problem, x, y.reset_index(drop=True)


def to_mesa(frames: Frames) -> pd.DataFrame:
    """Give results as the frame that users make of Mesa's ``batch_run``.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.

    Returns
    -------
    pandas.DataFrame
        One row per run: ``RunId``, ``iteration`` (the replicate), ``Step`` (the last),
        ``seed``, ``scenario``, the parameters (see `parameters`) and the outcomes.
    """
    table = parameters(frames)
    steps = {name: loaded.scenario.clock.n_ticks for name, loaded in frames.scenarios.items()}
    first = pd.DataFrame(
        {
            "RunId": np.arange(len(table)),
            "iteration": table["replicate"],
            "Step": table["scenario"].astype(object).map(steps).astype(int),
            "seed": table["seed"],
            "scenario": table["scenario"].astype(str),
        }
    )
    names = [column.name for column in frames.outcomes]
    return pd.concat([first, table.drop(columns=_KEYS), frames.runs[names]], axis=1)


def write_export(frames: Frames, folder: Path, kind: str) -> list[Path]:
    """Write results in one of the shapes.

    Parameters
    ----------
    frames : analysis.Frames
        Loaded results.
    folder : Path
        Where to write; made when it does not exist.
    kind : {"csv", "ema", "salib", "mesa"}
        ``csv`` writes every table and the parameters of every run, but no ticks where
        some were not stored; the others what the functions of this module give.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ValueError
        For an unknown kind.
    analysis.LoadError
        When the results do not have what the shape needs.
    """
    if kind not in FORMATS:
        raise ValueError(f"unknown format {kind!r}; known are {', '.join(FORMATS)}")
    if kind == "csv":
        return _write_tables(frames, folder)
    return write_texts(folder, _TEXTS_OF[kind](frames))


def _ema(frames: Frames) -> dict[str, str]:
    experiments, outcomes = to_ema(frames)
    flat = {name: values for name, values in outcomes.items() if values.ndim == 1}
    courses = {name: pd.DataFrame(v) for name, v in outcomes.items() if v.ndim == 2}
    tables = {"experiments": experiments, "outcomes": pd.DataFrame(flat), **courses}
    return {f"{name}.csv": csv(table) for name, table in tables.items()}


def _salib(frames: Frames) -> dict[str, str]:
    problem, x, y = to_salib(frames)
    return {
        "problem.json": json.dumps(problem, indent=2) + "\n",
        "x.csv": csv(pd.DataFrame(x, columns=problem["names"])),
        "y.csv": csv(y),
    }


def _mesa(frames: Frames) -> dict[str, str]:
    return {"batch.csv": csv(to_mesa(frames))}


_TEXTS_OF = {"ema": _ema, "salib": _salib, "mesa": _mesa}


def _write_tables(frames: Frames, folder: Path) -> list[Path]:
    """Write every table piece by piece, so that a large batch fits into memory."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [name for name in TABLES if not (name == "ticks" and frames.counted)]
    paths = [folder / f"{name}.csv" for name in names]
    for name, path in zip(names, paths, strict=True):
        with writing(path) as file:
            for number, part in enumerate(frames.batches(name, _stored(frames, name))):
                file.write(csv(part, header=number == 0).encode())
    table = parameters(frames)
    texts = {"parameters.csv": csv(table), "units.csv": csv(_units(frames, table))}
    return paths + write_texts(folder, texts)


def _units(frames: Frames, table: pd.DataFrame) -> pd.DataFrame:
    """Give the unit of each column of `parameters`."""
    of_kind = {row.path: UNITS[row.type] for row in parameters_table() if row.type in UNITS}
    names = [name for name in table.columns if name not in _KEYS]
    kinds: dict[str, str] = {}
    for points in (points_of(frames, loaded) for loaded in frames.scenarios.values()):
        if points is not None:
            kinds |= {each.path: UNITS.get(each.kind, "") for each in points.design.ranges}
    units = [
        kinds.get(name) or next((of_kind[path] for path in of_kind if fnmatchcase(name, path)), "")
        for name in names
    ]
    return pd.DataFrame({"parameter": names, "unit": units})


def _stored(frames: Frames, name: str) -> list[str]:
    if frames.reported and name == "runs":
        return [*_KEYS, *(column.name for column in frames.outcomes)]
    return [column.name for column in TABLES[name]]


def _at_points(replicates: pd.Series, points: Points) -> dict[str, Any]:
    rows = points.values[replicates.to_numpy() % len(points.values)]
    return {
        each.path: np.where(np.isnan(rows[:, place]), each.base, rows[:, place])
        for place, each in enumerate(points.design.ranges)
    }


def _ranges(points: Sequence[Points | None]) -> list[str]:
    return [each.path for table in points if table is not None for each in table.design.ranges]


def _differing(flat: Sequence[Mapping[str, Any]]) -> list[str]:
    names = dict.fromkeys(name for values in flat for name in values)
    return [name for name in names if len({repr(values.get(name)) for values in flat}) > 1]


def _flat(loaded: Loaded) -> dict[str, Any]:
    """Every value of a scenario by its dotted path, numbers as numbers."""
    found: dict[str, Any] = {}
    _collect(loaded.scenario, (), loaded.scenario.clock.start, found)
    return {name: value for name, value in found.items() if name not in _TEXTS}


def _collect(value: Any, path: tuple[str, ...], start: datetime, found: dict[str, Any]) -> None:
    fields = dict(value) if isinstance(value, BaseModel) else value
    if isinstance(fields, Mapping):
        for key, inner in fields.items():
            _collect(inner, (*path, str(key)), start, found)
    elif isinstance(value, datetime) and path != ("clock", "start"):
        found[".".join(path)] = (value - start).total_seconds() / 3600
    elif isinstance(value, bool | int | float) or value is None:
        found[".".join(path)] = value
    else:
        found[".".join(path)] = str(value)


def _by_day(frames: Frames) -> NDArray[np.float64] | None:
    days = daily(frames, ["killed"])
    table = days.pivot(index=["scenario", "replicate"], columns="day", values="killed")
    if table.isna().any(axis=None):
        return None
    order = pd.MultiIndex.from_frame(frames.runs[["scenario", "replicate"]].astype(object))
    table.index = pd.MultiIndex.from_frame(table.index.to_frame(index=False).astype(object))
    return np.asarray(table.reindex(order).to_numpy(dtype=float))
