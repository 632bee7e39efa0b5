"""The commands about scenario files: ``validate``, ``show`` and ``schema``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import File, Files, Sets
from reprisal.wording import count, say, tell

if TYPE_CHECKING:
    from sim.scenario import Loaded

BAD_INPUT = 2
WARNINGS_SHOWN = 3


def validate(files: Files) -> None:
    """Check scenario files and print each problem on one line."""
    from sim.scenario import ScenarioError, load, remarks

    wrong = False
    for file in files:
        try:
            loaded = load(file)
        except ScenarioError as error:
            wrong = True
            say(str(error))
        else:
            from sim.world.stability import branching, in_words, warnings

            tell(f"OK {file}: {_facts(loaded)}")
            ratios = branching(loaded.scenario)
            for ratio in ratios:
                tell(f"  {in_words(ratio)}")
            _warn([(loaded.name, text) for text in remarks(loaded)])
            _warn([(loaded.name, text) for text in warnings(loaded.scenario, ratios)])
    if wrong:
        raise typer.Exit(BAD_INPUT)


def warn(loadeds: Sequence[Loaded]) -> None:
    """Warn of what may not be meant, and of violence that does not die out by itself."""
    from sim.scenario import remarks
    from sim.world.stability import warnings

    _warn([(loaded.name, text) for loaded in loadeds for text in remarks(loaded)])
    _warn([(loaded.name, text) for loaded in loadeds for text in warnings(loaded.scenario)])


def _warn(unstable: Sequence[tuple[str, str]]) -> None:
    for name, text in unstable[:WARNINGS_SHOWN]:
        say(f"Warning: {name}: {text}.")
    if len(unstable) > WARNINGS_SHOWN:
        say(f"Warning: {len(unstable) - WARNINGS_SHOWN} more of this kind.")


def show(
    file: File,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show only what differs from the scenario it extends.")
    ] = False,
    sets: Sets = [],  # noqa: B006 - typer copies it
) -> None:
    """Show a scenario with every value filled in."""
    from sim import scenario, shipped

    loaded = scenario.load(file, sets)
    if not diff:
        typer.echo(scenario.dump(loaded), nl=False)
        for line in _branching(loaded):
            typer.echo(f"# {line}")
        return
    changes = scenario.diff(loaded)
    if not changes:
        against = shipped.label(loaded.parents[0]) if loaded.parents else "its own file"
        say(f"{file} has the same values as {against}.")
    for line in changes:
        tell(line)


def schema(
    partial: Annotated[
        bool, typer.Option("--partial", help="For files that extend another: no key is required.")
    ] = False,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="Print a Markdown page of all parameters instead.")
    ] = False,
    mechanisms: Annotated[
        bool, typer.Option("--mechanisms", help="Print a Markdown page of all mechanisms instead.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write to this file instead.", show_default=False),
    ] = None,
) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from reprisal import reference

    if partial + parameters + mechanisms > 1:
        raise typer.BadParameter("give only one of --partial, --parameters and --mechanisms")
    if parameters:
        text = reference.parameters_page()
    else:
        text = reference.mechanisms_page() if mechanisms else _json_schema(partial)
    if out is None:
        typer.echo(text, nl=False)
    else:
        from sim.store.files import write_text

        write_text(out, text)
        say(f"Wrote {out}")


def _json_schema(partial: bool) -> str:
    import json

    from sim.scenario import json_schema

    return json.dumps(json_schema(partial), indent=2) + "\n"


def _branching(loaded: Loaded) -> list[str]:
    from sim.world.stability import branching, in_words

    return [in_words(ratio) for ratio in branching(loaded.scenario)]


def _facts(loaded: Loaded) -> str:
    clock = loaded.scenario.clock
    parts = [
        count(len(loaded.scenario.provinces), "province"),
        count(len(loaded.scenario.groups), "group"),
        count(round(clock.length / clock.tick), "tick"),
        f"hash {loaded.hash}",
    ]
    return f"{loaded.scenario.title} ({', '.join(parts)})"
