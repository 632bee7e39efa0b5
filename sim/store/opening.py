"""Results folders: opened to read, looked at before a batch, made or continued for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim import scenario, shipped
from sim.scenario.designs import Design, sampling
from sim.scenario.loading import Loaded
from sim.scenario.outlines import SUFFIX as MAP_SUFFIX
from sim.store import columns, files, locks, manifest
from sim.store.blocks import WHOLE, Shard
from sim.store.files import StoreError
from sim.store.folder import (
    MODEL,
    SCENARIOS,
    Store,
    points_path,
    scenario_path,
    stored_scenario,
)
from sim.store.manifest import MAX_REPLICATES, MAX_SEED, Entry, Manifest, ModelEntry
from sim.store.sessions import UserModel

COLUMNS = "columns.csv"


@dataclass(frozen=True)
class Plan:
    """What a command would do to a results folder; nothing is written to make it.

    ``missing`` are the replicates to run by scenario, ``done`` counts those that exist.
    """

    folder: Path
    contents: Manifest
    missing: dict[str, list[int]]
    done: dict[str, int]

    @property
    def runs(self) -> int:
        """Runs to do."""
        return sum(len(replicates) for replicates in self.missing.values())


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

    The parameters, and what is refused, are those of `create_or_open`.
    """
    path = Path(folder)
    _check_request(loadeds, seed, replicates)
    new = not _in_use(path)
    contents = Manifest(seed=seed, model=ModelEntry.of(model)) if new else manifest.read(path)
    locks.refuse_if_running(path, shard)
    _check_conflicts(Store(path, contents, ()), loadeds, seed, model)
    contents = merged(contents, loadeds, replicates)
    store = Store(path, contents, [loaded.name for loaded in loadeds], shard)
    return Plan(
        folder=path,
        contents=contents,
        missing={name: store.missing(name) for name in store.active},
        done={name: len(store.finished(name)) for name in store.active},
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
    planned = plan(folder, loadeds, seed, replicates, shard, model)
    path = planned.folder
    try:
        path.mkdir(parents=True, exist_ok=True)
        manifest.write(path, planned.contents)
        if model is not None:
            files.write_text_if_other(path / MODEL, model.source.decode())
        (path / SCENARIOS).mkdir(exist_ok=True)
        for loaded in loadeds:
            place = scenario_path(path, loaded.name)
            if not place.exists():
                _write_scenario(place, loaded)
            if loaded.design is not None:
                _write_points(points_path(path, loaded.name), loaded.design)
        files.write_text_if_other(path / COLUMNS, columns.columns_csv())
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {error}") from error
    return Store(path, planned.contents, [loaded.name for loaded in loadeds], shard, model)


def _write_scenario(place: Path, loaded: Loaded) -> None:
    """Write a scenario with the map that it names beside it."""
    outlines, beside = loaded.outlines, place.with_suffix(MAP_SUFFIX)
    if outlines is not None:
        files.write_text(beside, outlines.geojson())
    files.write_text(place, scenario.dump(loaded, "" if outlines is None else beside.name))


def _write_points(place: Path, design: Design) -> None:
    """Draw the points once: later versions of a sampler may draw others."""
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        files.write_text(place, sampling.write(sampling.draw(design)))


def merged(contents: Manifest, loadeds: Sequence[Loaded], replicates: int) -> Manifest:
    """Enter a batch into a manifest."""
    entries = {entry.name: entry for entry in contents.scenarios}
    for loaded in loadeds:
        entries[loaded.name] = Entry(
            name=loaded.name,
            title=loaded.scenario.title,
            hash=loaded.hash,
            digest=loaded.digest,
            replicates=replicates * loaded.points,
            source="" if loaded.path is None else shipped.label(loaded.path),
            parents=[shipped.label(parent) for parent in loaded.parents],
            overrides=list(loaded.overrides),
        )
    return contents.model_copy(update={"scenarios": list(entries.values())})


def _check_request(loadeds: Sequence[Loaded], seed: int, replicates: int) -> None:
    """Check that the numbers are possible and that the names can name files."""
    if not loadeds:
        raise StoreError("a batch needs at least one scenario")
    if not 0 <= seed <= MAX_SEED:
        raise StoreError(f"seed must be 0 to {MAX_SEED}, got {seed}")
    if not 1 <= replicates <= MAX_REPLICATES:
        raise StoreError(f"replicates must be 1 to {MAX_REPLICATES}, got {replicates}")
    runs = replicates * max(loaded.points for loaded in loadeds)
    if runs > MAX_REPLICATES:
        raise StoreError(
            f"{runs:,} runs of one scenario are too many; the limit is {MAX_REPLICATES:,}"
        )
    by_name: dict[str, str] = {}
    for name in (loaded.name for loaded in loadeds):
        try:
            files.safe_name(name)
        except ValueError as error:
            raise StoreError(str(error)) from None
        other = by_name.setdefault(name.casefold(), name)
        if other is not name:
            raise StoreError(f"two scenarios are called {other!r} and {name!r}")


def _in_use(folder: Path) -> bool:
    """Tell whether a folder holds anything."""
    try:
        return any(not path.name.startswith(".") for path in folder.iterdir())
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise StoreError(f"{folder} is a file, not a folder") from None


def _check_conflicts(
    results: Store, loadeds: Sequence[Loaded], seed: int, model: UserModel | None
) -> None:
    """Check that a batch continues what a folder holds."""
    lines = []
    if results.seed != seed:
        lines.append(f"  seed: {results.seed} -> {seed}")
    change = results.model_change(model)
    if change:
        lines.append(f"  model: {change}")
    stored = {entry.name.casefold(): entry for entry in results.manifest.scenarios}
    for loaded in loadeds:
        entry = stored.get(loaded.name.casefold())
        if entry and entry.name != loaded.name:
            lines.append(f"  scenario {loaded.name}: already there as {entry.name}")
        elif entry and entry.digest != loaded.digest:
            changes = scenario.diff_between(stored_scenario(results.folder, entry), loaded)
            lines += [f"  scenario {loaded.name}:", *(f"    {line}" for line in changes)]
    if lines:
        head = f"{results.folder} holds results of other settings (stored -> now):"
        mend = "Name another folder (--out; --table in calibrate), or remove this one."
        raise StoreError("\n".join([head, *lines, mend]))
