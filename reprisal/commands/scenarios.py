"""The commands about scenario files: ``validate``, ``show`` and ``schema``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import File, Files, Sets
from reprisal.wording import count, say

if TYPE_CHECKING:
    from sim.scenario import Loaded, Parameter

BAD_INPUT = 2
_PAGE_HEAD = """\
# Parameters of a scenario file

Made by `reprisal schema --parameters`. A duration is a number with a unit (`6h`, `1.2d`,
`1d12h`; s, min, h, d, w), a rate a number per unit (`0.5/d`), a time is local and written
`2022-08-30T13:30`. `*` stands for a name that you choose. Roles: a *constant* is held, an
*uncertainty* is not ours to choose, a *lever* is something an actor could choose otherwise."""
_BAR = r"\|"
_TABLE_HEAD = (
    "",
    "| parameter | type | unit | allowed | default | role | source | meaning |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
)


def validate(files: Files) -> None:
    """Check scenario files; every problem is one line."""
    from sim.scenario import ScenarioError, load

    wrong = False
    for file in files:
        try:
            typer.echo(f"OK {file}: {_facts(load(file))}")
        except ScenarioError as error:
            wrong = True
            say(str(error))
    if wrong:
        raise typer.Exit(BAD_INPUT)


def show(
    file: File,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show only what differs from the file it extends.")
    ] = False,
    sets: Sets = [],  # noqa: B006 - typer copies it
) -> None:
    """Show a scenario with every value filled in."""
    from sim import scenario

    loaded = scenario.load(file, sets)
    if not diff:
        typer.echo(scenario.dump(loaded), nl=False)
        return
    changes = scenario.diff(loaded)
    if not changes:
        against = loaded.parents[0] if loaded.parents else "its own file"
        say(f"{file} differs in no value from {against}.")
    for line in changes:
        typer.echo(line)


def schema(
    partial: Annotated[
        bool, typer.Option("--partial", help="For files that extend another: nothing is required.")
    ] = False,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="A Markdown table of all parameters instead.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to this file.", show_default=False)
    ] = None,
) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    import json

    from sim.scenario import json_schema

    if partial and parameters:
        raise typer.BadParameter("give --partial or --parameters, not both")
    text = _parameters() if parameters else json.dumps(json_schema(partial), indent=2) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        say(f"Wrote {out}")


def _facts(loaded: Loaded) -> str:
    clock = loaded.scenario.clock
    parts = [
        count(len(loaded.scenario.provinces), "province"),
        count(len(loaded.scenario.groups), "group"),
        count(round(clock.length / clock.tick), "tick"),
        f"hash {loaded.hash}",
    ]
    return f"{loaded.scenario.title} ({', '.join(parts)})"


def _parameters() -> str:
    from sim.scenario import parameters_table

    rows = parameters_table()
    actions = max(len(row.only) for row in rows)
    sections: dict[str, list[str]] = {}
    for row in rows:
        title = f"`{row.path.partition('.')[0]}`" if "." in row.path else "The file"
        only = row.only if len(row.only) < actions else ()
        sections.setdefault(title, []).append(_table_row(row, only))
    pages = ("\n".join([f"## {title}", *_TABLE_HEAD, *lines]) for title, lines in sections.items())
    return "\n\n".join([_PAGE_HEAD, *pages]) + "\n"


def _table_row(row: Parameter, only: Sequence[str]) -> str:
    default = row.default if row.default in {"", "(required)"} else f"`{row.default}`"
    meaning = (
        f"{row.description} Only in orders to {' or '.join(only)}." if only else row.description
    )
    cells = (
        f"`{row.path}`",
        row.type,
        row.unit,
        row.bounds,
        default,
        row.role,
        row.source,
        meaning,
    )
    return f"| {' | '.join(cell.replace('|', _BAR) for cell in cells)} |"
