"""The commands about designs: ``sensitivity`` and ``discover``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import Folder, Own, own_outcomes
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
        typer.Option("--outcome", metavar="NAME", help="Outcome to draw; repeat for up to four."),
    ] = [],  # noqa: B006 - typer copies it
    own: Own = [],  # noqa: B006 - typer copies it
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Output folder.", show_default="DIR/sensitivity"),
    ] = None,
) -> None:
    """Show which parameters of a design change the outcomes.

    Gives Sobol indices, Morris effects or changes one at a time, corrected for random variation
    between replicates. See docs/exploring.md.
    """
    import analysis
    from analysis.explore.sensitivitypage import about_held

    frames = analysis.load(folder)
    frames = own_outcomes(frames, own)
    paths, effects = analysis.write_sensitivity(frames, scenario, outcomes, out)
    say(_strongest(effects, outcomes[0] if outcomes else ""))
    say(about_held(effects))
    for path in paths:
        tell(str(path))


def discover(
    folder: Folder,
    where: Annotated[
        str, typer.Option("--where", metavar="EVENT", help="The event, such as 'killed > 30'.")
    ],
    scenario: Scenario = None,
    box: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Row of trajectory.csv to use.", show_default="the best one"
        ),
    ] = None,
    own: Own = [],  # noqa: B006 - typer copies it
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Output folder.", show_default="DIR/discovery"),
    ] = None,
) -> None:
    """Find parameter values under which an event is common.

    PRIM finds a box of values. It is written as conditions, and as a scenario file that runs
    inside it. See docs/exploring.md.
    """
    import analysis

    frames = analysis.load(folder)
    frames = own_outcomes(frames, own)
    paths, words = analysis.write_discovery(frames, where, scenario, box, out)
    say(words)
    for path in paths:
        tell(str(path))


def _strongest(effects: Sensitivity, wanted: str) -> str:
    from analysis import wording
    from analysis.explore.sensitivitypage import HIDDEN, MAIN

    main = MAIN[effects.method]
    known = list(dict.fromkeys(effects.effects["outcome"]))
    outcome = wanted if wanted in known else known[0]
    rows = effects.effects[effects.effects["outcome"] == outcome]
    order = rows[main].abs().sort_values(ascending=False).index[:_SHOWN]
    if rows[main].isna().all():
        return f"{outcome}: {' '.join(HIDDEN.split())}."
    table = rows.loc[order]
    lines = [
        (row["parameter"], wording.estimate(row[main], row[f"{main}_low"], row[f"{main}_high"]))
        for row in table.to_dict("records")
    ]
    return text_table((outcome, main.replace("_", " ")), lines)
