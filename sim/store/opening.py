"""Results folders: opened to read, looked at before a batch, made or continued for one."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim import scenario, shipped
from sim.scenario.designs import sampling
from sim.scenario.loading import Loaded
from sim.store import columns, files, locks, manifest, sessions, sums
from sim.store.blockfiles import BlockFiles
from sim.store.blocks import WHOLE, Shard, Spans, total
from sim.store.files import StoreError
from sim.store.folder import (
    COLUMNS,
    MODEL,
    SCENARIOS,
    Store,
    beside,
    stored_scenario,
)
from sim.store.manifest import MAX_REPLICATES, MAX_SEED, Entry, Manifest, ModelEntry, UserModel


@dataclass(frozen=True)
class Plan:
    """What a command would do to a results folder; nothing is written to make it.

    ``missing`` are the replicates to run by scenario, as ranges, ``done`` counts those that exist;
    ``lost`` says why the manifest has to be written anew, if it has.
    """

    folder: Path
    contents: Manifest
    missing: dict[str, Spans]
    done: dict[str, int]
    lost: str = ""

    @property
    def runs(self) -> int:
        """Runs to do."""
        return sum(map(total, self.missing.values()))


def open(folder: str | Path, recover: bool = False) -> Store:  # noqa: A001 - read as store.open
    """Open a results folder for reading.

    Parameters
    ----------
    folder : path
        The folder; nothing in it is changed.
    recover : bool
        Take what the last session wrote down in place of a manifest that is lost or damaged.

    Returns
    -------
    Store
        With all its scenarios active.

    Raises
    ------
    StoreError
        When it is no results folder or a newer program wrote it.
    """
    path = Path(folder)
    files.refuse_strange(path)
    if recover:
        contents, notes = _found(path)
    else:
        contents, notes = _readable(path), []
    return Store(path, contents, [entry.name for entry in contents.scenarios], notes=notes)


def _readable(folder: Path) -> Manifest:
    try:
        return manifest.read(folder)
    except manifest.DamagedError as error:
        if sessions.read(folder):
            raise StoreError(
                f"{error}; '{shlex.join(['reprisal', 'verify', '--repair', str(folder)])}', or the"
                " same run command, writes it again"
            ) from None
        raise


def _found(folder: Path) -> tuple[Manifest, list[str]]:
    """Read the manifest or, where that is lost, damaged or of another batch, what sessions hold.

    What is wrong is told, too. Between two batches the blocks decide.
    """
    past = [session.batch for session in sessions.read(folder)]
    try:
        contents = manifest.read(folder)
    except manifest.DamagedError as error:
        if not past:
            raise
        return past[-1], [str(error)]
    other = next((each for each in reversed(past) if each.contradicts(contents)), None)
    if other is None or _fitting(folder, contents) >= _fitting(folder, other):
        return contents, []
    return other, [f"{folder / manifest.FILE_NAME} is damaged: it is that of another batch"]


def _fitting(folder: Path, contents: Manifest) -> int:
    """Count the blocks whose checksums say that they are of a batch."""
    blocks = BlockFiles(folder, contents.seed, contents.settings, contents.tables)
    return sum(
        blocks.is_ours(name, block) for name in contents.settings for block in blocks.stored(name)
    )


def plan(
    folder: str | Path,
    loadeds: Sequence[Loaded],
    seed: int,
    replicates: int,
    shard: Shard = WHOLE,
    model: UserModel | None = None,
    ticks: bool | None = None,
) -> Plan:
    """Find out what is left to run, without writing anything.

    The parameters, and what is refused, are those of `create_or_open`.
    """
    path = Path(folder)
    if not files.is_text(path):
        raise StoreError(f"{path}: the name of a results folder must be text in UTF-8")
    _check_request(loadeds, seed, replicates)
    files.refuse_strange(path)
    contents = Manifest(seed=seed, model=ModelEntry.of(model), ticks=ticks is not False)
    lost = ""
    if _in_use(path):
        contents, lost = _continued(path, merged(contents, loadeds, replicates))
    locks.refuse_if_running(path, shard)
    _check_conflicts(Store(path, contents, ()), loadeds, seed, model, ticks)
    contents = merged(contents, loadeds, replicates)
    store = Store(path, contents, [loaded.name for loaded in loadeds], shard)
    return Plan(
        folder=path,
        contents=contents,
        missing={name: store.missing_spans(name) for name in store.active},
        done={name: len(store.finished(name)) for name in store.active},
        lost=lost,
    )


def _continued(folder: Path, asked: Manifest) -> tuple[Manifest, str]:
    """Find the manifest of a folder that is in use, and tell what was wrong with it.

    Where nothing else tells, the command does, if it fits the blocks that are there.
    """
    try:
        contents, notes = _found(folder)
        return contents, "".join(notes)
    except manifest.DamagedError as error:
        blocks = BlockFiles(folder, asked.seed, asked.settings, asked.tables)
        stored = [(name, block) for name in asked.settings for block in blocks.stored(name)]
        if not stored or not all(blocks.is_ours(*each) for each in stored):
            raise
        return asked, str(error)


def create_or_open(
    folder: str | Path,
    loadeds: Sequence[Loaded],
    seed: int,
    replicates: int,
    shard: Shard = WHOLE,
    model: UserModel | None = None,
    ticks: bool | None = None,
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
    ticks : bool, optional
        Whether to store the table of ticks; when left out, as the folder does, and a new one does.

    Returns
    -------
    Store
        With these scenarios active.

    Raises
    ------
    StoreError
        When the folder holds something else, another seed, runs of another model, ticks
        where none are asked or none where they are, or a scenario of the same name with other
        settings; nothing has been changed then.
    """
    planned = plan(folder, loadeds, seed, replicates, shard, model, ticks)
    path, notes = planned.folder, []
    try:
        path.mkdir(parents=True, exist_ok=True)
        if planned.lost:
            notes.append(f"{planned.lost}; written again")
            if os.path.lexists(path / manifest.FILE_NAME):
                files.set_aside(path, path / manifest.FILE_NAME)
        manifest.write(path, planned.contents)
        if model is not None:
            files.write_text_if_other(path / MODEL, model.source.decode())
        (path / SCENARIOS).mkdir(exist_ok=True)
        known = known_sums(path)
        for loaded in loadeds:
            notes += _write_scenario(path, loaded, known)
        files.write_text_if_other(path / COLUMNS, columns.columns_csv())
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {error}") from error
    names = [loaded.name for loaded in loadeds]
    return Store(path, planned.contents, names, shard, model, notes)


def known_sums(folder: Path) -> dict[str, set[str]]:
    """Give the SHA-256 that each file beside the tables had when a session ran from it."""
    known: dict[str, set[str]] = {}
    for session in sessions.read(folder):
        for name, sha256 in session.files.items():
            known.setdefault(name, set()).add(sha256)
    return known


def _write_scenario(folder: Path, loaded: Loaded, known: Mapping[str, set[str]]) -> list[str]:
    """Write a scenario, its map and its points where they are lost or not as they ran.

    What was there instead is set aside and told.
    """
    place, map_place, points = beside(folder, loaded.name)
    texts: dict[Path, Callable[[], str]] = {}
    if loaded.outlines is not None:
        texts[map_place] = loaded.outlines.geojson
    map_name = map_place.name if texts else ""
    texts[place] = lambda: scenario.dump(loaded, map_name)
    mapped = [path for path in (place, map_place) if path in texts or _name(path) in known]
    notes = []
    if not all(_is_known(path, known) for path in mapped):
        notes += [_restored(folder, path, text(), known) for path, text in texts.items()]
    if loaded.design is not None and not _is_known(points, known):
        # Drawn once: later versions of a sampler may draw others.
        drawn = sampling.write(sampling.draw(loaded.design))
        if sums.digest(drawn) not in known.get(_name(points), {sums.digest(drawn)}):
            raise StoreError(
                f"{points} is not as it ran, and this version of reprisal draws other points:"
                " put it back, or run the batch again with another --out"
            )
        notes.append(_restored(folder, points, drawn, known))
    return [note for note in notes if note]


def _name(path: Path) -> str:
    return "/".join(path.parts[-2:])


def _is_known(path: Path, known: Mapping[str, set[str]]) -> bool:
    return files.is_ordinary(path) and files.sha256(path) in known.get(_name(path), ())


def _restored(folder: Path, path: Path, text: str, known: Mapping[str, set[str]]) -> str:
    """Write a file if it is not so already; tell of it unless the file is new."""
    if files.is_ordinary(path) and files.read_bytes(path) == text.encode():
        return ""
    what = ""
    if os.path.lexists(path):
        what = f"{path} is not as it ran; moved to {files.set_aside(folder, path)}, written again"
    elif _name(path) in known:
        what = f"{path} is missing; written again"
    path.parent.mkdir(exist_ok=True)
    files.write_text(path, text)
    return what


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
        raise StoreError(f"replicates must be 1 to {MAX_REPLICATES:,}, got {replicates:,}")
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
    results: Store,
    loadeds: Sequence[Loaded],
    seed: int,
    model: UserModel | None,
    ticks: bool | None,
) -> None:
    """Check that a batch continues what a folder holds."""
    lines = []
    if results.seed != seed:
        lines.append(f"  seed: {results.seed} -> {seed}")
    change = results.model_change(model)
    if change:
        lines.append(f"  model: {change}")
    if ticks not in (None, results.manifest.ticks):
        lines.append("  ticks: not stored -> stored" if ticks else "  ticks: stored -> not stored")
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
