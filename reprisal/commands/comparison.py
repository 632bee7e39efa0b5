"""The command about differences between scenarios: ``compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reprisal.commands.results import checked_formats
from reprisal.options import Baseline, Folders, Formats, Own, own_outcomes
from reprisal.wording import say, text_table

if TYPE_CHECKING:
    import pandas as pd

    from analysis import Frames

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
    reported: Annotated[
        bool, typer.Option("--reported", help="Compare what reporters saw, not what happened.")
    ] = False,
    own: Own = [],  # noqa: B006 - typer copies it
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Output folder.", show_default="DIR/comparison"),
    ] = None,
    formats: Formats = "png,svg",
) -> None:
    """Say which differences from a baseline scenario exceed chance.

    Runs are compared in pairs that share their random numbers. --relevant is a share of the
    baseline's mean. See docs/comparing.md.
    """
    kinds = checked_formats(formats)
    say("Comparing scenarios ...")
    import analysis

    frames = analysis.load(*folders)
    frames = analysis.as_reported(frames) if reported else frames
    frames = own_outcomes(frames, own)
    settings = {"tail": tail, "relevant": relevant}
    names = _names(outcomes)
    try:
        if by_branch is None:
            table = analysis.compare(frames, baseline, names, **settings)
        else:
            names = names or list(BRANCH_OUTCOMES)
            table = analysis.compare_by_branch(frames, by_branch, baseline, names, **settings)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if table.empty and by_branch is None:
        raise analysis.LoadError(_nothing(frames, folders, baseline))
    for outcome in names or [str(table["outcome"].iloc[0])]:
        rows = table[table["outcome"] == outcome]
        if len(rows):
            say(f"\n{_overview(rows) if by_branch is None else _branch_overview(rows)}")
    if table["numbers_low"].isna().all():
        say("These intervals cover chance alone; run --uncertain adds uncertain parameters.")
    folder = out if out is not None else folders[0] / "comparison"
    if by_branch is None:
        paths = analysis.write_comparison(frames, table, folder, kinds)
    else:
        paths = analysis.write_branches(frames, by_branch, table, folder, kinds)
    for path in paths:
        typer.echo(str(path))


def _names(outcomes: str | None) -> list[str] | None:
    return None if outcomes is None else [name.strip() for name in outcomes.split(",")]


def _nothing(frames: Frames, folders: list[Path], baseline: str | None) -> str:
    where = ", ".join(str(folder) for folder in folders)
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
