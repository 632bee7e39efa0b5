"""Find the observed targets of a batch, and write how its runs compare with them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis import notes, verdicts, wording
from analysis.blocks import Block, Page, Part, Section, Table, Terms, Text
from analysis.evaluation import evaluate, observed_in_runs
from analysis.files import csv, write
from analysis.frames import Frames, LoadError
from analysis.kinds import USUAL
from analysis.rendering import markdown
from analysis.sheet import chunks, make
from analysis.sources import load
from analysis.targetstrip import strip
from sim import shipped, store, targets
from sim.targets import Targets

FOLDER = Path("scenarios", "targets")
_PER_PAGE = 12
_ROW_HEIGHT = 0.66
_READING = (
    "Bars: the runs in which it happened; line: their middle 50 % (thick) and 90 % (thin) with the"
    " median. Orange: what was reported, the best value as a line and the range from the lowest"
    " to the highest number shaded; an open range reaches to the edge. For a yes or no: the share"
    " of runs that agree with the report, with its 95 % interval. Each row has its own axis."
)
_HEAD = (
    "Target", "Reported", "Happened in", "Median (middle 90 %)", "Quantile", "In 50 %", "In 90 %",
    "Score (MC error)", "Reading",
)  # fmt: skip
_NOTE = """\
Medians, quantiles and scores are over the runs in which the thing happened at all. Quantile: the
share of these runs below the reported value, ties counted half. A yes or no, or a bare range, is
"in 90 %" when more than 10 % of the runs agree with the report and "in 50 %" when at least half
do. CRPS is in the target's own unit (0 is perfect; for one certain value it is the distance to
the report), the Brier score lies between 0 and 1; both are smaller for a better model and are
given with their Monte-Carlo standard error. One history was observed: a report inside the
simulated range does not show that the model is right, only that this report does not contradict
it. Targets of one episode are not independent, so do not count them as separate successes."""


def write_evaluation(
    results: str | Path | Frames,
    file: str | Path | None = None,
    out: str | Path | None = None,
    formats: Sequence[str] = USUAL,
) -> tuple[list[Path], pd.DataFrame]:
    """Compare a batch, or loaded results, with observed targets; write tables and figures.

    Without a ``file`` each scenario has the one that `targets_file` finds, and scenarios without
    one are left out. Gives the files written and the table of `analysis.evaluate`.
    """
    frames = results if isinstance(results, Frames) else load(results)
    folder = frames.folders[0]
    files = target_files(frames, folder, Path(file) if file is not None else None)
    known = read_targets(frames, files)
    values = observed_in_runs(frames, known)
    table = evaluate(frames, known, values)
    target = Path(out) if out is not None else folder / "evaluation"
    texts = {
        "evaluation.csv": csv(table),
        "evaluation.md": markdown(evaluation_page(frames, table, files, known)),
    }
    return write(target, texts, figures(frames, values, table), formats), table


def targets_file(name: str, source: str) -> Path | None:
    """Find the targets file of a scenario."""
    folders = [Path(source).parent / FOLDER.name] if source else []
    last = shipped.folder() / shipped.TARGETS
    stems = dict.fromkeys((Path(source).stem, name) if source else (name,))
    places = [place / f"{stem}.yaml" for stem in stems for place in (*folders, FOLDER, last)]
    return next((place for place in places if place.is_file()), None)


def figures(
    frames: Frames, values: Mapping[str, pd.DataFrame], table: pd.DataFrame
) -> Iterator[tuple[str, Figure]]:
    """Compose the figure: one row per target, a page or more per scenario."""
    for scenario, own in values.items():
        base = "evaluation" if len(values) == 1 else f"evaluation-{scenario}"
        rows = table[table["scenario"] == scenario].set_index("target", drop=False)
        for suffix, shown in chunks(list(own.columns), _PER_PAGE):
            note = (notes.runs(frames, [scenario]), _READING)
            figure = make(f"{scenario}: runs and reports", note, _ROW_HEIGHT * len(shown))
            grid = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
            for ax, key in zip(grid, shown, strict=True):
                strip(rows.loc[key].to_dict(), own[key].to_numpy(dtype=float), ax)
            yield f"{base}{suffix}", figure


def evaluation_page(
    frames: Frames,
    table: pd.DataFrame,
    files: Mapping[str, Path],
    known: Mapping[str, Targets],
) -> Page:
    """Show how runs compare with reports."""
    sections = []
    for name, path in files.items():
        blocks = [Text(f"Targets: `{path.name}`."), *scenario_blocks(name, table, known[name])]
        sections.append(Section(name, name, blocks))
    sections.append(Section("reading", "How to read this", [Text(_NOTE)]))
    return Page("Runs compared with reports", [Text(notes.runs(frames, list(files)))], sections)


def scenario_blocks(
    name: str, table: pd.DataFrame, known: Targets, caption: str = ""
) -> list[Block]:
    """Show the targets of one scenario, with their sources."""
    rows = table[table["scenario"] == name].to_dict("records")
    blocks: list[Block] = [
        Table(caption, _HEAD, [_cells(row) for row in rows]),
        Terms([(row["label"], row["source"]) for row in rows]),
    ]
    if known.sources:
        blocks.append(Part("Sources", [Terms([*known.sources.items()])]))
    return blocks


def target_files(frames: Frames, folder: Path, file: Path | None = None) -> dict[str, Path]:
    """Find the targets file of each scenario."""
    if file is not None:
        return dict.fromkeys(frames.scenarios, file)
    manifest = store.open(folder).manifest
    sources = {entry.name: entry.source for entry in manifest.scenarios}
    found = {
        name: targets_file(name, sources.get(loaded.name, ""))
        for name, loaded in frames.scenarios.items()
    }
    files = {name: path for name, path in found.items() if path is not None}
    if not files:
        names = ", ".join(frames.scenarios)
        raise LoadError(
            f"no targets file found for {names}: put one at {FOLDER}/<scenario>.yaml,"
            " or name one with --targets"
        )
    return files


def read_targets(frames: Frames, files: Mapping[str, Path]) -> dict[str, Targets]:
    """Read the targets of each scenario; see `sim.targets.load` for what is refused."""
    return {
        name: targets.load(path, frames.scenarios[name].scenario) for name, path in files.items()
    }


def _cells(row: Mapping[str, Any]) -> Sequence[str]:
    error = wording.number(row["score_error"])
    return (
        row["label"],
        _reported(row),
        f"{row['happened']:,} of {row['runs']:,}",
        _simulated(row),
        wording.number(row["quantile"]),
        *verdicts.places(row),
        f"{row['rule']} {wording.number(row['score'])} ({error})" if row["happened"] else "–",
        row["verdict"],
    )


def _reported(row: Mapping[str, Any]) -> str:
    if row["unit"] == "-":
        return "yes" if row["observed"] else "no"
    low, high = (wording.count(row[end]) for end in ("low", "high"))
    span = f"{low} to {high}"
    if math.isnan(row["low"]) or math.isnan(row["high"]):
        span = f"at least {low}" if math.isnan(row["high"]) else f"at most {high}"
    if math.isnan(row["observed"]):
        return f"{span} {row['unit']}"
    alone = math.isnan(row["low"]) and math.isnan(row["high"])
    value = wording.count(row["observed"])
    return f"{value} {row['unit']}" if alone else f"{value} ({span}) {row['unit']}"


def _simulated(row: Mapping[str, Any]) -> str:
    if row["unit"] == "-":
        return f"{100 * row['agree']:.0f} % agree" if row["happened"] else "–"
    span = wording.spread(row["q05"], row["q95"])
    return f"{wording.count(row['median'])} ({span})" if row["happened"] else "–"
