"""The command about designs: ``sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import Folder, Own, own_outcomes
from reprisal.wording import say, tell, text_table

if TYPE_CHECKING:
    from analysis.explore.sensitivity import Sensitivity

_SHOWN = 12


def sensitivity(
    folder: Folder,
    scenario: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A scenario with a design.", show_default="the first"),
    ] = None,
    outcomes: Annotated[
        list[str],
        typer.Option("--outcome", metavar="NAME", help="Outcome to draw; repeat for up to four."),
    ] = [],  # noqa: B006 - typer copies it
    where: Annotated[
        str,
        typer.Option(metavar="EVENT", help="Find where an event is common: 'killed > 30'."),
    ] = "",
    box: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="With --where: row of trajectory.csv to use.",
            show_default="the best one",
        ),
    ] = None,
    own: Own = [],  # noqa: B006 - typer copies it
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Output folder.",
            show_default="DIR/sensitivity, or DIR/discovery",
        ),
    ] = None,
) -> None:
    """Show which parameters matter, or make an event common.

    Of a design, gives Sobol indices, Morris effects or changes one at a time, corrected for
    random variation between replicates. With --where, PRIM finds a box of values under which
    the event is common, and writes it as conditions and as a scenario file that runs inside it.
    See docs/exploring.md.
    """
    if where and outcomes:
        raise typer.BadParameter("give --outcome or --where, not both")
    if box is not None and not where:
        raise typer.BadParameter("--box needs --where")
    import analysis
    from analysis.explore.sensitivitypage import about_held

    frames = own_outcomes(analysis.load(folder), own)
    if where:
        paths, words = analysis.write_discovery(frames, where, scenario, box, out)
        say(words)
    else:
        paths, effects = analysis.write_sensitivity(frames, scenario, outcomes, out)
        say(_strongest(effects, outcomes[0] if outcomes else ""))
        say(about_held(effects))
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
