"""The commands about designs: ``sensitivity`` and ``discover``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import Folder
from reprisal.wording import say, tell, text_table

if TYPE_CHECKING:
    from analysis.explore.sensitivity import Sensitivity

_SHOWN = 12

Scenario = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A scenario with a design.", show_default="the first"),
]


def sensitivity(
    folder: Folder,
    scenario: Scenario = None,
    outcomes: Annotated[
        list[str],
        typer.Option("--outcome", metavar="NAME", help="Outcome to draw; up to four."),
    ] = [],  # noqa: B006 - typer copies it
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to write.", show_default="DIR/sensitivity"),
    ] = None,
) -> None:
    """Tell which parameters move the outcomes of a design.

    Sobol indices, Morris effects or changes one at a time, with the noise of luck taken out.
    See docs/exploring.md.
    """
    import analysis
    from analysis.explore.sensitivitypage import about_held

    paths, made = analysis.write_sensitivity(analysis.load(folder), scenario, outcomes, out)
    say(_strongest(made, outcomes[0] if outcomes else ""))
    say(about_held(made))
    for path in paths:
        tell(str(path))


def discover(
    folder: Folder,
    where: Annotated[str, typer.Option("--where", metavar="EVENT", help="Such as 'killed > 30'.")],
    scenario: Scenario = None,
    box: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="A row of trajectory.csv.", show_default="the best one"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to write.", show_default="DIR/discovery"),
    ] = None,
) -> None:
    """Find the parameter values under which something is common.

    A box by PRIM, told as conditions, with a scenario file that runs inside it. See
    docs/exploring.md.
    """
    import analysis

    paths, words = analysis.write_discovery(analysis.load(folder), where, scenario, box, out)
    say(words)
    for path in paths:
        tell(str(path))


def _strongest(made: Sensitivity, wanted: str) -> str:
    from analysis import wording
    from analysis.explore.sensitivitypage import HIDDEN, MAIN

    main = MAIN[made.method]
    known = list(dict.fromkeys(made.effects["outcome"]))
    outcome = wanted if wanted in known else known[0]
    rows = made.effects[made.effects["outcome"] == outcome]
    order = rows[main].abs().sort_values(ascending=False).index[:_SHOWN]
    if rows[main].isna().all():
        return f"{outcome}: {' '.join(HIDDEN.split())}."
    table = rows.loc[order]
    lines = [
        (row["parameter"], wording.estimate(row[main], row[f"{main}_low"], row[f"{main}_high"]))
        for row in table.to_dict("records")
    ]
    return text_table((outcome, main.replace("_", " ")), lines)
