"""Results folders: opened to read, looked at before a batch, made or continued for one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim import scenario
from sim.scenario.designs import Design, sampling
from sim.scenario.loading import Loaded
from sim.store import dictionary, files, manifest, running, sessions, status
from sim.store.folder import Store
from sim.store.manifest import Manifest, StoreError
from sim.store.request import (
    MODEL,
    SCENARIOS,
    Plan,
    check_conflicts,
    check_request,
    entry_of,
    in_use,
    merged,
    points_path,
    scenario_path,
)
from sim.store.shards import WHOLE, Shard

if TYPE_CHECKING:
    from sim.store.provenance import UserModel

COLUMNS = "columns.csv"


def open(folder: str | Path) -> Store:  # noqa: A001 - read as store.open
    """Open a results folder for reading.

    Parameters
    ----------
    folder : path
        The folder; nothing in it is changed.

    Returns
    -------
    Store
        With all its scenarios active.

    Raises
    ------
    StoreError
        When it is no results folder or a newer program wrote it.
    """
    contents = manifest.read(Path(folder))
    return Store(Path(folder), contents, [entry.name for entry in contents.scenarios])


def plan(
    folder: str | Path,
    loadeds: Sequence[Loaded],
    seed: int,
    replicates: int,
    shard: Shard = WHOLE,
    model: UserModel | None = None,
) -> Plan:
    """Find out what is left to run, without writing anything.

    Parameters
    ----------
    folder, loadeds, seed, replicates, shard, model
        As in `create_or_open`.

    Returns
    -------
    Plan

    Raises
    ------
    StoreError
        As `create_or_open` does.
    """
    path = Path(folder)
    check_request(loadeds, seed, replicates)
    new = not in_use(path)
    contents = Manifest(seed=seed, model=entry_of(model)) if new else manifest.read(path)
    running.refuse_if_running(path, shard)
    check_conflicts(path, contents, loadeds, seed, model)
    contents = merged(contents, loadeds, replicates)
    store = Store(path, contents, [loaded.name for loaded in loadeds], shard)
    return Plan(
        folder=path,
        contents=contents,
        missing={name: store.missing(name) for name in store.active},
        done={name: len(store.finished(name)) for name in store.active},
        runs_per_second=status.last_rate(sessions.read(path)),
    )


def create_or_open(
    folder: str | Path,
    loadeds: Sequence[Loaded],
    seed: int,
    replicates: int,
    shard: Shard = WHOLE,
    model: UserModel | None = None,
) -> Store:
    """Prepare a results folder for a batch: a new one, or one to continue.

    Parameters
    ----------
    folder : path
        The folder; it and its parents are made when missing.
    loadeds : sequence of Loaded
        Scenarios with different names; other scenarios of the folder stay as they are.
    seed : int
        Seed of the batch, 0 to 2**32 - 1.
    replicates : int
        Replicates wanted of each scenario, 1 or more.
    shard : Shard
        The part of the batch to run; other processes run the other parts.
    model : UserModel, optional
        The user's class to run, from `sim.ownmodel.find`; the stock model without it.

    Returns
    -------
    Store
        With these scenarios active.

    Raises
    ------
    StoreError
        When the folder holds something else, another seed, runs of another model, or a
        scenario of the same name with other settings; nothing has been changed then.
    """
    made = plan(folder, loadeds, seed, replicates, shard, model)
    path = made.folder
    try:
        path.mkdir(parents=True, exist_ok=True)
        manifest.write(path, made.contents)
        if model is not None:
            files.write_text_if_other(path / MODEL, model.source.decode())
        (path / SCENARIOS).mkdir(exist_ok=True)
        for loaded in loadeds:
            place = scenario_path(path, loaded.name)
            if not place.exists():
                files.write_text(place, scenario.dump(loaded))
            if loaded.design is not None:
                _keep_points(points_path(path, loaded.name), loaded.design)
        files.write_text_if_other(path / COLUMNS, dictionary.columns_csv())
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {error}") from error
    return Store(path, made.contents, [loaded.name for loaded in loadeds], shard, model)


def _keep_points(place: Path, design: Design) -> None:
    """Draw the points once: later versions of a sampler may draw others."""
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        files.write_text(place, sampling.write(sampling.draw(design)))
