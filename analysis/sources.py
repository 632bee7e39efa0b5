"""Find the results in one or more folders and name them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa

from analysis import counting
from analysis.frames import Frames, LoadError, Reader
from sim import store
from sim.scenario import Loaded
from sim.store import Store, StoreError
from sim.store.blocks import Block

PIECE_ROWS = 500_000
Part = TypeVar("Part")


@dataclass(frozen=True)
class Source:
    """One scenario in one folder.

    ``skip`` are the replicates that an earlier folder holds with the same outcomes.
    """

    store: Store
    stored: str
    finished: frozenset[int]
    shown: str = ""
    skip: frozenset[int] = field(default=frozenset())

    @property
    def loaded(self) -> Loaded:
        """The stored scenario."""
        return self.store.scenarios[self.stored]

    @property
    def counted(self) -> bool:
        """Whether ticks are not stored, but counted."""
        return not self.store.manifest.ticks

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two sources the same: name, settings, seed and model."""
        model = self.store.manifest.model
        own = () if model is None else (model.class_name, model.sha256)
        return self.stored, self.loaded.hash, str(self.store.seed), *own

    def read(self, table: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Read the rows of one table piece by piece, under the shown name."""
        stored = [name for name in dict.fromkeys([*columns, "replicate"]) if name != "scenario"]
        counted = table == "ticks" and self.counted
        for part in self._counted(stored) if counted else self._stored(table, stored):
            rows = part
            if self.skip:
                rows = part[~rows["replicate"].isin(self.skip)].reset_index(drop=True)
            name = pd.Categorical.from_codes([0] * len(rows), [self.shown])
            yield rows.assign(scenario=name)[list(columns)]

    def _stored(self, table: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        for part in _merged(self.store.parts(table, columns, [self.stored])):
            yield part.to_pandas()

    def _counted(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Count ticks from engagements, some blocks at a time."""
        lacking = [name for name in columns if name in counting.NOT_COUNTED]
        if lacking:
            raise LoadError(
                f"{self.store.folder} has no {' or '.join(lacking)} by tick: ticks were not stored;"
                " run the same with another --out and without --no-ticks"
            )
        clock = self.loaded.scenario.clock
        stored = self.store.blocks.stored(self.stored)
        for blocks in _in_pieces(stored, lambda each: (each.last + 1 - each.first) * clock.n_ticks):
            ran = self._rows("runs", ["replicate"], blocks)
            fought = self._rows("engagements", counting.NEEDED, blocks)
            replicates = ran.column("replicate").to_numpy()
            yield counting.ticks(replicates, fought.to_pandas(), clock, columns)

    def _rows(self, table: str, columns: Sequence[str], blocks: Iterable[Block]) -> pa.Table:
        parts = [self.store.blocks.rows(table, self.stored, block, columns) for block in blocks]
        return pa.concat_tables(parts)


def _merged(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Put small pieces together: turning each alone into a frame takes longer than reading it."""
    for held in _in_pieces(parts, lambda part: part.num_rows):
        yield pa.concat_tables(held).unify_dictionaries()


def _in_pieces(parts: Iterable[Part], rows: Callable[[Part], int]) -> Iterator[list[Part]]:
    """Give parts one after the other, as many together as make a piece."""
    held: list[Part] = []
    size = 0
    for part in parts:
        held.append(part)
        size += rows(part)
        if size >= PIECE_ROWS:
            yield held
            held, size = [], 0
    if held:
        yield held


def load(*folders: str | Path) -> Frames:
    """Read one or more results folders.

    Scenarios of the same name with other settings, another seed or another model are told
    apart as ``name (folder)``. Where settings, seed, model and outcomes are the same, the runs
    of all folders are put together and none is counted twice.

    Parameters
    ----------
    *folders : path
        Results folders as ``reprisal run`` writes them.

    Returns
    -------
    analysis.Frames
        Tables are read when they are first used.

    Raises
    ------
    LoadError
        When a folder is missing, is none of ours or is damaged, or no run has finished.
    """
    if not folders:
        raise LoadError("no results folder given")
    paths = [Path(folder) for folder in folders]
    try:
        sources = _named(_grouped([source for path in paths for source in _open(path)]))
    except StoreError as error:
        raise LoadError(str(error)) from error

    return Frames(
        scenarios={source.shown: source.loaded for source in sources},
        folders=tuple(paths),
        reader=_reader(sources),
        missing=_missing(sources),
        narrow=lambda names: _reader([source for source in sources if source.shown in names]),
        models={s.shown: model for s in sources if (model := s.store.manifest.model)},
        counted=frozenset(source.shown for source in sources if source.counted),
    )


def _reader(sources: Sequence[Source]) -> Reader:
    """Read some sources one after the other."""

    def read(table: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        for source in sources:
            try:
                yield from source.read(table, columns)
            except StoreError as error:
                raise LoadError(str(error)) from error

    return read


def _open(folder: Path) -> list[Source]:
    if not folder.exists():
        raise LoadError(store.absent(folder))
    opened = store.open(folder)
    finished = {name: frozenset(opened.finished(name)) for name in opened.names}
    found = [Source(opened, name, done) for name, done in finished.items() if done]
    if not found:
        raise LoadError(f"{folder} holds no finished run")
    return found


def _grouped(sources: Sequence[Source]) -> list[list[Source]]:
    """Put sources together that may be counted as one scenario."""
    groups: list[list[Source]] = []
    for source in sources:
        home = next((group for group in groups if all(_agree(source, o) for o in group)), None)
        if home is None:
            groups.append([source])
        else:
            held = frozenset[int]().union(*(other.finished for other in home))
            home.append(replace(source, skip=held & source.finished))
    return groups


def _agree(one: Source, other: Source) -> bool:
    """Whether two sources are the same scenario and their common runs came out the same."""
    if one.identity != other.identity:
        return False
    common = one.finished & other.finished
    tables = [
        source.store.read("runs", scenarios=[source.stored]).to_pandas() for source in (one, other)
    ]
    first, second = (
        table[table["replicate"].isin(common)].drop(columns="scenario").reset_index(drop=True)
        for table in tables
    )
    return bool(first.equals(second))


def _named(groups: Sequence[Sequence[Source]]) -> list[Source]:
    stored = [group[0].stored for group in groups]
    folders = [group[0].store.folder for group in groups]
    short = [folder.resolve().name for folder in folders]
    shown = []
    for name, folder, brief in zip(stored, folders, short, strict=True):
        alike = [s for n, s in zip(stored, short, strict=True) if n == name]
        label = brief if alike.count(brief) == 1 else str(folder)
        shown.append(name if len(alike) == 1 else f"{name} ({label})")
    return [
        replace(source, shown=name)
        for group, name in zip(groups, shown, strict=True)
        for source in group
    ]


def _missing(sources: Sequence[Source]) -> dict[str, int]:
    """Count the runs that were asked for and are not there, by shown name."""
    missing = {}
    for shown in dict.fromkeys(source.shown for source in sources):
        group = [source for source in sources if source.shown == shown]
        wanted = max(source.store.manifest.entry(source.stored).replicates for source in group)
        done = frozenset[int]().union(*(source.finished for source in group))
        missing[shown] = len(set(range(wanted)) - done)
    return missing
