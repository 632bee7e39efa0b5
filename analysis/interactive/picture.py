"""What a page shows of a scenario against its baseline, as plain data that JSON can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import intervals, orders, outlinemap, uncertainty, wording
from analysis.arrays import Floats
from analysis.comparison import words
from analysis.comparison.pairs import Pairs, difference, pair
from analysis.comparison.table import FAMILY_LEVEL, RELEVANT
from analysis.frames import KILLED, Frames
from sim.records import OUTCOMES
from sim.scenario import Loaded

BARS = 28
FINE, COARSE = 168, 160  # moments of a fan: the first ticks one by one, and so many of the rest
FAN = (0.05, 0.25, 0.5, 0.75, 0.95)
ROUND = 4
WIDE = 1000  # of a map with outlines


def picture(frames: Frames, name: str, baseline: str, *, whole: bool = True) -> dict[str, Any]:
    """Gather what a page shows of one scenario against another.

    Parameters
    ----------
    frames : analysis.Frames
        Runs of both.
    name, baseline : str
        The scenario and what it is compared with.
    whole : bool
        With all outcomes and the times of orders, which take longer.

    Returns
    -------
    dict
        ``pairs``; ``answer`` (see `answer`); ``killed`` (curves, bars, differences within pairs);
        ``course`` (fans of cumulative deaths); ``places``; and with ``whole`` ``outcomes`` and
        ``orders``.
    """
    runs = {each: frames.runs[frames.runs["scenario"] == each] for each in (name, baseline)}
    draws = uncertainty.shared(frames, name, baseline)
    pairs = pair(runs[name], runs[baseline], "killed", draws)
    made = {
        "pairs": int(pairs.first.size),
        "answer": answer(pairs),
        "killed": _killed(pairs),
        "course": _course(frames, name, baseline),
        "places": _places(frames, name, baseline, whole),
    }
    if whole:
        made["outcomes"] = _outcomes(runs, name, baseline)
        made["orders"] = _orders(frames, name, baseline)
    return made


def answer(pairs: Pairs) -> dict[str, Any]:
    """Say in words, part by part, and in numbers how the deaths of two scenarios differ."""
    found, gaps = difference(pairs), pairs.first - pairs.second
    base = float(pairs.theirs.mean())
    row = found.columns() | {
        "same": float((gaps == 0).mean()),
        "relevant": RELEVANT * base,
        "distinguishable": found.p <= FAMILY_LEVEL,
    }
    low, high = row["difference_low"], row["difference_high"]
    shares = [100 * float(each.mean()) for each in (gaps < 0, gaps == 0, gaps > 0)]
    medians = [float(np.median(each)) for each in (pairs.theirs, pairs.ours)]
    return {
        "headline": _headline(row["difference"], row["same"]),
        "chance": span(low, high),
        "numbers": span(*pairs.band),
        "pairs": "fewer in {:.0f} %, as many in {:.0f} %, more in {:.0f} %".format(*shares),
        "medians": " to ".join(map(wording.count, medians)),
        "difference": _round(row["difference"]),
        "low": _round(low),
        "high": _round(high),
        "verdict": words.verdict(row),
    }


def _headline(gap: float, same: float) -> str:
    if same == 1:
        return "as many people are killed, in every pair of runs"
    return (
        f"{wording.number(abs(gap))} {'fewer' if gap < 0 else 'more'} people are killed on average"
    )


def span(low: float, high: float) -> str:
    """Write an interval of a difference in deaths, such as ``84 to 94 fewer``."""
    if math.isnan(low):
        return "–"
    if low < 0 < high:
        return f"{wording.number(-low)} fewer to {wording.number(high)} more"
    ends = sorted((abs(low), abs(high)))
    side = "fewer" if low + high < 0 else "more"
    return f"{wording.number(ends[0])} to {wording.number(ends[1])} {side}"


def _killed(pairs: Pairs) -> dict[str, Any]:
    top = max(float(each.max()) for each in (pairs.ours, pairs.theirs))
    width = _width(top)
    edges = np.arange(0.0, top + 2 * width, width)
    return {
        "edges": edges.tolist(),
        "ours": _distribution(pairs.ours, edges),
        "theirs": _distribution(pairs.theirs, edges),
        "gaps": (pairs.first - pairs.second).tolist(),
    }


def _width(top: float) -> float:
    """Choose a round width of bars."""
    least = max(1.0, top / BARS)
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * each for each in (1, 2, 5, 10) if power * each >= least)


def _distribution(values: Floats, edges: Floats) -> dict[str, Any]:
    at, counts = np.unique(values, return_counts=True)
    return {
        "at": at.tolist(),
        "share": _rounded(counts.cumsum() / values.size),
        "bars": _rounded(np.histogram(values, edges)[0] / values.size),
        "median": float(np.median(values)),
        "mean": _round(values.mean()),
    }


def _course(frames: Frames, name: str, baseline: str) -> dict[str, Any]:
    """Give quantiles of the deaths up to each moment, in hours after the start."""
    clock = frames.scenarios[name].scenario.clock
    rest = np.linspace(FINE, clock.n_ticks, COARSE + 1).astype(int)
    kept = np.unique(np.append(np.arange(1, min(FINE, clock.n_ticks)), rest)) - 1
    kept = kept[kept < clock.n_ticks]
    ticks = frames.table("ticks", ["killed"])
    fans = {}
    for side, which in (("ours", name), ("theirs", baseline)):
        own = ticks.loc[ticks["scenario"] == which, "killed"].to_numpy()
        sums = own.reshape(-1, clock.n_ticks).cumsum(axis=1)[:, kept]
        levels = np.quantile(sums, FAN, axis=0, method="inverted_cdf")
        fans[side] = np.column_stack([np.zeros(len(FAN)), levels]).tolist()
    return {"hours": [0.0, *((kept + 1) * clock.tick).tolist()], **fans}


def _places(frames: Frames, name: str, baseline: str, whole: bool) -> list[dict[str, Any]]:
    """Estimate deaths by province, their difference and the chance of any; intervals if whole."""
    keys = list(frames.scenarios[name].scenario.provinces)
    ours, theirs = (by_place(frames, each, keys) for each in (name, baseline))
    rows = []
    for key, own, base in zip(keys, ours.T, theirs.T, strict=True):
        share = intervals.share(int((own > 0).sum()), own.size)
        row = {"key": key, "killed": own, "baseline": base, "difference": own - base}
        estimates = {
            each: intervals.mean(values)
            if whole
            else intervals.NOTHING._replace(value=values.mean())
            for each, values in row.items()
            if not isinstance(values, str)
        }
        shown = {each: _interval(found) for each, found in estimates.items()}
        rows.append({"key": key, **shown, "chance": _interval(share)})
    return rows


def by_place(frames: Frames, name: str, keys: list[str]) -> Floats:
    """Killed in each run, by replicate, and province of one scenario."""
    replicates = np.sort(frames.runs.loc[frames.runs["scenario"] == name, "replicate"].to_numpy())
    rows = frames.only([name]).table("engagements", ["replicate", "province", *KILLED])
    place = pd.Index(keys).get_indexer(rows["province"].astype(object))
    run = np.searchsorted(replicates, rows["replicate"].to_numpy())
    sums = np.zeros((len(replicates), len(keys)))
    np.add.at(sums, (run, place), rows[KILLED].to_numpy().sum(axis=1))
    return sums


def _outcomes(runs: Mapping[str, pd.DataFrame], name: str, baseline: str) -> list[dict[str, Any]]:
    """Compare all outcomes but the deaths, each with its own interval."""
    rows = []
    for column in OUTCOMES:
        if column.name == "killed":
            continue
        pairs = pair(runs[name], runs[baseline], column.name)
        value, _, low, high = difference(pairs).estimate
        means = [
            float(each.mean()) if each.size else math.nan for each in (pairs.ours, pairs.theirs)
        ]
        rows.append(
            {
                "name": column.name,
                "title": wording.title(column.name),
                "unit": wording.unit(column.name),
                "ours": wording.number(means[0]),
                "theirs": wording.number(means[1]),
                "difference": wording.number(value, signed=True),
                "interval": wording.interval(low, high, signed=True),
                "clear": bool(low > 0 or high < 0),
            }
        )
    return rows


def _orders(frames: Frames, name: str, baseline: str) -> list[dict[str, Any]]:
    """Tell when orders were given and events took place, in hours after the start."""
    start = pd.Timestamp(frames.scenarios[name].scenario.clock.start)
    hour = pd.Timedelta(hours=1)
    return [
        {
            "side": "ours" if row["scenario"] == name else "theirs",
            "order": row["order"],
            "label": row["label"],
            "action": row["action"],
            "share": _round(row["share"]),
            **{key: _round((row[key] - start) / hour) for key in ("early", "middle", "late")},
        }
        for row in orders.order_times(frames.only([baseline, name])).to_dict("records")
    ]


def setting(loaded: Loaded) -> dict[str, Any]:
    """Give what pictures of a scenario need to know of it: clock, provinces, groups, outlines."""
    clock, outlines = loaded.scenario.clock, loaded.outlines
    plane = {} if outlines is None else outlines.projected()
    return {
        "name": loaded.name,
        "title": loaded.scenario.title,
        "question": loaded.scenario.question,
        "start": clock.start.isoformat(),
        "length": clock.length,
        "tick": clock.tick,
        "provinces": [
            {
                "key": key,
                "label": province.label,
                "tile": list(province.tile),
                **(_shape(plane[key]) if key in plane else {}),
            }
            for key, province in loaded.scenario.provinces.items()
        ],
        "map": [WIDE, round(WIDE * outlinemap.tall(plane))] if plane else None,
        "groups": [
            {"key": key, "label": group.label} for key, group in loaded.scenario.groups.items()
        ],
    }


def _shape(rings: Sequence[Sequence[tuple[float, float]]]) -> dict[str, Any]:
    """Write rings as a path of SVG on a plane that is `WIDE` wide, with a place for its label."""
    whole = [[(round(WIDE * x), round(WIDE * y)) for x, y in ring] for ring in rings]
    path = "".join(f"M{'L'.join(f'{x} {y}' for x, y in ring)}Z" for ring in whole if len(ring) > 2)
    return {
        "path": path,
        "centre": [round(WIDE * each) for each in outlinemap.centre(rings)],
        "width": round(WIDE * outlinemap.width(rings)),
    }


def _interval(found: intervals.Estimate) -> list[float | None]:
    return [_round(found.value), _round(found.low), _round(found.high)]


def _rounded(values: Any) -> list[float]:
    return [round(float(each), ROUND) for each in values]


def _round(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), ROUND)
