"""The command about differences between scenarios: ``compare``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reprisal.commands.results import checked_formats
from reprisal.options import USUAL_FORMATS, Baseline, Folders, Formats, Own, own_outcomes
from reprisal.wording import say, tell, text_table

if TYPE_CHECKING:
    import pandas as pd

    from analysis import Frames
    from analysis.explore.crossing import Threshold
    from analysis.explore.response import Response
    from analysis.intervals import Estimate

BRANCH_OUTCOMES = ("killed", "engagements", "hours_to_calm", "relapse")


def compare(
    folders: Folders,
    baseline: Baseline = None,
    outcomes: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Outcomes, separated by commas.", show_default="all"),
    ] = None,
    tail: Annotated[
        float, typer.Option(metavar="Q", help="Quantile that stands for the tail.")
    ] = 0.9,
    relevant: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Smallest difference that matters, as a share."),
    ] = 0.1,
    by_branch: Annotated[
        str | None,
        typer.Option(metavar="EVENT", help="Split runs by the branch that this event took."),
    ] = None,
    thresholds: Annotated[
        list[str],
        typer.Option(
            "--threshold",
            metavar="LEVEL",
            help="Where a sweep reaches it: 'killed = 0.5 * NAME'; repeat.",
        ),
    ] = [],  # noqa: B006 - typer copies it
    contrasts: Annotated[
        list[str],
        typer.Option(
            "--contrast", metavar="EFFECTS", help="Which does more: 'A against B'; repeat."
        ),
    ] = [],  # noqa: B006 - typer copies it
    reported: Annotated[
        bool, typer.Option("--reported", help="Compare what reporters saw, not what happened.")
    ] = False,
    own: Own = [],  # noqa: B006 - typer copies it
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Output folder.", show_default="DIR/comparison"),
    ] = None,
    formats: Formats = USUAL_FORMATS,
) -> None:
    """Say which differences from a baseline scenario exceed chance.

    Runs are compared in pairs that share their random numbers. --relevant is a share of the
    baseline's mean. --threshold and --contrast are answered alone. See docs/comparing.md.
    """
    kinds = checked_formats(formats)
    if by_branch is not None and (thresholds or contrasts):
        raise typer.BadParameter("give --by-branch, or --threshold and --contrast, not both")
    import analysis

    frames = analysis.load(*folders)
    frames = analysis.as_reported(frames) if reported else frames
    frames = own_outcomes(frames, own)
    folder = out if out is not None else folders[0] / "comparison"
    settings = {"tail": tail, "relevant": relevant}
    try:
        if thresholds or contrasts:
            _answer(frames, thresholds, contrasts, baseline, _names(outcomes), folder, kinds)
        else:
            _compare(frames, by_branch, baseline, _names(outcomes), settings, folder, kinds)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _compare(
    frames: Frames,
    event: str | None,
    baseline: str | None,
    names: list[str] | None,
    settings: dict[str, float],
    folder: Path,
    kinds: Sequence[str],
) -> None:
    """Compare every scenario with the baseline, in all runs or those that took the same branch."""
    import analysis
    from analysis.comparison.table import base_name

    say("Comparing scenarios ...")
    if event is None:
        table = analysis.compare(frames, baseline, names, **settings)
        if table.empty:
            raise analysis.LoadError(_nothing(frames, baseline))
        _overviews(table, names or [str(table["outcome"].iloc[0])], _overview)
    else:
        names = names or list(BRANCH_OUTCOMES)
        table = analysis.compare_by_branch(frames, event, baseline, names, **settings)
        _overviews(table, names, _branch_overview)
    if table["numbers_low"].isna().all():
        say(_what_intervals_cover(frames, [base_name(frames, baseline), *table["scenario"]]))
    _tell_left_out(frames, baseline)
    if event is None:
        paths = analysis.write_comparison(frames, table, folder, kinds)
    else:
        paths = analysis.write_branches(frames, event, table, folder, kinds)
    for path in paths:
        tell(str(path))


def _tell_left_out(frames: Frames, baseline: str | None) -> None:
    from analysis.comparison.table import about_left_out, left_out

    if others := left_out(frames, baseline):
        say(about_left_out(others))


def _overviews(
    table: pd.DataFrame, names: Sequence[str], overview: Callable[[pd.DataFrame], str]
) -> None:
    for outcome in names:
        rows = table[table["outcome"] == outcome]
        if len(rows):
            say(f"\n{overview(rows)}")


def _what_intervals_cover(frames: Frames, names: Sequence[str]) -> str:
    """Say what intervals cover that are not parted into chance and uncertain parameters."""
    from analysis import uncertainty

    shown = set(names)
    if any(uncertainty.draws(frames, name) for name in shown):
        return (
            "These intervals cover chance and uncertain parameters together;"
            f" {uncertainty.FEWEST} draws or more and 2 runs of each (run --replicates 2) tell them"
            " apart."
        )
    if any(frames.scenarios[name].design is not None for name in shown):
        return "These intervals cover chance and the points of a design together."
    return "These intervals cover chance alone; run --uncertain adds uncertain parameters."


def _answer(
    frames: Frames,
    thresholds: Sequence[str],
    contrasts: Sequence[str],
    baseline: str | None,
    outcomes: list[str] | None,
    folder: Path,
    kinds: Sequence[str],
) -> None:
    """Answer where thresholds are crossed, and which effect is larger."""
    import analysis
    from analysis.comparison.contrastpage import write_contrasts
    from analysis.explore.responsefigures import write_thresholds

    levels = [analysis.read_threshold(text, frames) for text in thresholds]
    paths = []
    if levels:
        found = analysis.responses(frames)
        if not found:
            raise analysis.LoadError(_NO_SWEEP)
        for level in levels:
            tell(_crossings_table(frames, level, found))
        paths += write_thresholds(frames, levels, folder, kinds)
    if contrasts:
        table = analysis.contrasts(frames, contrasts, baseline, outcomes or ["killed"])
        for row in table.to_dict("records"):
            tell(_contrast_table(row))
        paths += write_contrasts(frames, table, folder, kinds)
    for path in paths:
        tell(str(path))


_NO_SWEEP = (
    "--threshold needs a sweep over a number: at least three scenarios that differ in nothing else;"
    " make one with reprisal run FILE --sweep PATH=A,B,C"
)


def _crossings_table(frames: Frames, threshold: Threshold, found: Sequence[Response]) -> str:
    import analysis
    from analysis.explore.crossing import level, spans

    reached = level(frames, threshold)
    rows: list[tuple[str, ...]] = []
    for response in found:
        table = analysis.crossings(frames, response, threshold)
        rows += [spans(row, response) for row in table.to_dict("records")]
    head = (_level_words(threshold.text, reached), "at", "95 % interval",
            "uncertain parameters (95 %)", "beyond it")  # fmt: skip
    kept = [n for n in range(len(head)) if n != 3 or any(row[n] != "–" for row in rows)]
    return text_table([head[n] for n in kept], [[row[n] for n in kept] for row in rows])


def _level_words(text: str, reached: Estimate) -> str:
    from analysis import wording

    return text if math.isnan(reached.low) else f"{text} = {wording.number(reached.value)}"


def _contrast_table(row: dict[str, Any]) -> str:
    from analysis import wording
    from analysis.comparison.contrasts import AGAINST

    first, second = (side.strip() for side in row["contrast"].split(AGAINST))
    cells = [
        (name, wording.estimate_in(row, key, signed=True))
        for name, key in (
            (first, "first"),
            (second, "second"),
            ("first minus second", "difference"),
        )
    ]
    if not math.isnan(row["numbers_low"]):
        band = wording.interval(row["numbers_low"], row["numbers_high"], signed=True)
        cells.append(("first minus second, uncertain parameters (95 %)", band))
    if not math.isnan(row["ratio_low"]):
        cells.append(("ratio", wording.estimate_in(row, "ratio")))
    head = (f"{wording.title(row['outcome']).lower()} ({row['unit']})", "effect (95 %)")
    return f"{text_table(head, cells)}\n{row['contrast']}: {row['verdict']}."


def _names(outcomes: str | None) -> list[str] | None:
    return None if outcomes is None else [name.strip() for name in outcomes.split(",")]


def _nothing(frames: Frames, baseline: str | None) -> str:
    where = ", ".join(str(folder) for folder in frames.folders)
    chosen = baseline or next(iter(frames.scenarios))
    if len(frames.scenarios) == 1:
        return f"{where} holds only {chosen}; give a second scenario, or a second folder"
    return f"{where}: no other scenario has the clock, provinces and groups of {chosen}"


def _overview(rows: pd.DataFrame) -> str:
    from analysis import wording
    from analysis.comparison.ranking import cells

    outcome, baseline = str(rows["outcome"].iloc[0]), rows["baseline"].iloc[0]
    quantile = f"{100 * rows['tail'].iloc[0]:.0f} % quantile"
    title = f"{wording.title(outcome).lower()}, against {baseline}"
    head: tuple[str, ...] = (
        title,
        "difference (95 %)",
        "ratio",
        "P(more)",
        quantile,
        "var. red.",
        "verdict",
    )
    lines: list[Any] = [
        (str(row["scenario"]), *cells(row), row["verdict"]) for row in rows.to_dict("records")
    ]
    if rows["numbers_low"].notna().any():
        head = (*head[:2], "uncertain parameters (95 %)", *head[2:])
        bands = [
            wording.interval(low, high, signed=True)
            for low, high in zip(rows["numbers_low"], rows["numbers_high"], strict=True)
        ]
        lines = [(*line[:2], band, *line[2:]) for line, band in zip(lines, bands, strict=True)]
    return text_table(head, lines)


def _branch_overview(rows: pd.DataFrame) -> str:
    from analysis import wording

    outcome, baseline = str(rows["outcome"].iloc[0]), rows["baseline"].iloc[0]
    head = (f"{wording.title(outcome).lower()}, against {baseline}", "branch", "pairs",
            "difference (95 %)", "verdict")  # fmt: skip
    lines: list[Any] = [
        (
            str(row["scenario"]),
            row["branch"],
            f"{row['pairs']:,}",
            wording.estimate(
                row["difference"], row["difference_low"], row["difference_high"], signed=True
            ),
            row["verdict"],
        )
        for row in rows.to_dict("records")
    ]
    return text_table(head, lines)
