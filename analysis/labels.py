"""What scenarios are called in figures: their titles, and what was set where they share one.

Tables and the command line keep the names of files, which can be typed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis.frames import Frames, Reader

JOINT = "+"


def labels(frames: Frames) -> dict[str, str]:
    """Give each scenario a label that no other has.

    The title, with what was set; of variants that share it, what was set alone. Where two would
    have one label, the name.
    """
    titles = {name: loaded.scenario.title for name, loaded in frames.scenarios.items()}
    counts = Counter(titles.values())
    found = {}
    for name, title in titles.items():
        _, joint, changes = name.partition(JOINT)
        changed = ", ".join(changes.split(JOINT))
        whole = f"{title}: {changed}" if joint else title
        found[name] = changed if joint and counts[title] > 1 else whole
    twice = {label for label, count in Counter(found.values()).items() if count > 1}
    return {name: name if label in twice else label for name, label in found.items()}


def titled(frames: Frames) -> Frames:
    """Give the same results under the labels of their scenarios."""
    names = labels(frames)
    if all(name == label for name, label in names.items()):
        return frames
    keys = {label: name for name, label in names.items()}
    own = frames.narrow

    def narrow(wanted: Collection[str]) -> Reader:
        assert own is not None
        return _renamed(own([keys[label] for label in wanted]), names)

    return replace(
        frames,
        scenarios={names[name]: loaded for name, loaded in frames.scenarios.items()},
        reader=_renamed(frames.reader, names),
        missing={names[name]: count for name, count in frames.missing.items()},
        narrow=None if own is None else narrow,
        models={names[name]: model for name, model in frames.models.items()},
    )


def in_table(frames: Frames, table: pd.DataFrame) -> pd.DataFrame:
    """Give a table of comparisons with labels in place of names."""
    names = labels(frames)
    return table.assign(
        **{
            key: table[key].astype(object).map(lambda name: names.get(name, name))
            for key in ("scenario", "baseline")
            if key in table
        }
    )


def _renamed(reader: Reader, names: Mapping[str, str]) -> Reader:
    def read(table: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        for part in reader(table, columns):
            shown = part["scenario"].astype("category")
            yield part.assign(scenario=shown.cat.rename_categories(dict(names)))

    return read
