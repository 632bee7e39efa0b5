"""The commands about scenario files: ``new``, ``validate`` and ``show``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprisal.options import Files, Sets, complete_scenario
from reprisal.wording import count, harmless, say, tell

if TYPE_CHECKING:
    from sim.scenario import Loaded

BAD_INPUT = 2
WARNINGS_SHOWN = 3
STARTER = "two-groups"
_LONGEST_TITLE = 120
_STARTER_HEAD = """\
# {name}: a scenario to change. As it stands it is {starter}, a tutorial that comes with Reprisal:
# two invented groups, four invented provinces, two weeks.
"""
_CHILD = """\
# {name}: {parent}, with what is written here changed. Everything else stays as it is there.
#
# See all numbers that can be changed, and then what you have changed:
#   reprisal show {known}
#   reprisal show {shown} --diff

extends: {parent}
title: {title}
question: {question}

# Take away the # in front of the next two lines to make a first change.
# reprisal:
#   half_life: 12h # half of the reprisals come within this time
"""


def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the scenario, or a path that ends in it.")
    ],
    parent: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="SCENARIO",
            help="Scenario to extend: a file, or a name from 'reprisal show'.",
            autocompletion=complete_scenario,
            show_default=False,
        ),
    ] = "",
) -> None:
    """Write a new scenario file to start from.

    The file is a small complete scenario with comments, or with --from a few lines that extend
    another scenario. No file is overwritten.
    """
    from sim.store.files import create_text

    file = _new_file(name)
    text = _child(file, parent) if parent else _starter(file)
    create_text(file, text)
    tell(str(file))
    shown = shlex.quote(str(file))
    say(f"Next: reprisal validate {shown}")
    say(f"Then: reprisal run {shown} --replicates {20 if parent else 100} --plot")


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
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="A scenario file, or a name from the list.",
            autocompletion=complete_scenario,
            show_default="the list of all",
        ),
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show only what differs from the scenario it extends.")
    ] = False,
    sets: Sets = [],  # noqa: B006 - typer copies it
    schema: Annotated[
        bool, typer.Option("--schema", help="Show the JSON Schema of files, for editors.")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Show that of files that extend another.")
    ] = False,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="Show all parameters, as a Markdown page.")
    ] = False,
    mechanisms: Annotated[
        bool, typer.Option("--mechanisms", help="Show all mechanisms, as a Markdown page.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write to this file instead.", show_default=False),
    ] = None,
) -> None:
    """Show a scenario with every value, or list the shipped ones.

    Every command takes the names in the list in place of files.
    """
    asked = (file is not None) + (schema or partial) + parameters + mechanisms
    if asked > 1:
        raise typer.BadParameter(
            "give a scenario, or one of --schema, --parameters and --mechanisms"
        )
    if file is None and (diff or sets):
        raise typer.BadParameter("--diff and --set need a scenario")
    if file is not None:
        if out is not None and out.resolve() == file.resolve():
            raise typer.BadParameter(
                f"--out {out} is the file itself, whose comments would be lost"
            )
        text = _scenario(file, diff, sets)
    else:
        text = _reference(partial, parameters, mechanisms) if asked else _listing()
    if out is None:
        typer.echo(text, nl=False)
        if not asked:
            say(f"Next: reprisal run {STARTER} --replicates 20 --plot")
    else:
        from sim.store.files import write_text

        write_text(out, text)
        say(f"Wrote {out}")


def _scenario(file: Path, diff: bool, sets: Sequence[str]) -> str:
    from sim import scenario, shipped

    loaded = scenario.load(file, sets)
    if not diff:
        return scenario.dump(loaded) + "".join(f"# {line}\n" for line in _branching(loaded))
    changes = scenario.diff(loaded)
    if not changes:
        against = shipped.label(loaded.parents[0]) if loaded.parents else "its own file"
        say(f"{file} has the same values as {against}.")
    return "".join(f"{harmless(line)}\n" for line in changes)


def _reference(partial: bool, parameters: bool, mechanisms: bool) -> str:
    from reprisal import reference

    if parameters:
        return reference.parameters_page()
    return reference.mechanisms_page() if mechanisms else _json_schema(partial)


def _listing() -> str:
    from sim import shipped
    from sim.scenario.places import plain_data
    from sim.scenario.reading import read_file

    names = shipped.names()
    width = max(map(len, names), default=0)
    trees = {name: read_file(shipped.folder() / f"{name}{shipped.SUFFIX}")[0] for name in names}
    return "".join(
        f"{name.ljust(width)}  {plain_data(tree).get('title', '')}\n"
        for name, tree in trees.items()
    )


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


def _new_file(name: str) -> Path:
    """Give the file that a name stands for; refuse what exists and what cannot be run."""
    from sim import shipped
    from sim.store.files import safe_name

    file = Path(name if name.endswith(shipped.SUFFIX) else f"{name}{shipped.SUFFIX}")
    try:
        safe_name(file.stem)
    except ValueError as error:
        raise _wrong(str(error)) from None
    if file.stem in shipped.names():
        raise _wrong(f"a scenario called {file.stem} comes with Reprisal; choose another name")
    if not file.parent.is_dir():
        raise _wrong(f"there is no folder {file.parent}; make it first")
    if file.exists() or file.is_symlink():
        raise _wrong(f"{file} already exists; choose another name, or remove it")
    return file


def _starter(file: Path) -> str:
    """Give the text of the tutorial scenario with a name of its own."""
    from sim import shipped
    from sim.scenario.writing import write_value

    source = shipped.folder() / f"{STARTER}{shipped.SUFFIX}"
    text = source.read_text(encoding="utf-8").replace(f"scenarios/{source.name}", str(file))
    head, rest = text.split("\n\n", 1)
    about = head.split("\n#\n", 2)[2]  # after the line for editors and the title
    title = f"title: {write_value(_title(file))}"
    lines = [title if line.startswith("title:") else line for line in rest.split("\n")]
    first = _STARTER_HEAD.format(name=file.stem, starter=STARTER)
    return "\n".join([f"{first}#\n{about}\n", *lines])


def _child(file: Path, parent: str) -> str:
    """Give the text of a scenario that extends another."""
    from sim import scenario, shipped
    from sim.scenario.problems import list_names, nearest
    from sim.scenario.writing import write_value

    path = shipped.parent(file, parent)
    if not path.exists():
        near = nearest(parent, shipped.names(), 3)
        perhaps = f"did you mean {near}?" if near else list_names(shipped.names())
        raise _wrong(
            f"no scenario {parent} beside the new file or among those of Reprisal; {perhaps}"
        )
    title = scenario.load(path).scenario.title
    return _CHILD.format(
        name=file.stem,
        parent=write_value(parent),
        known=shlex.quote(shipped.label(path)),
        shown=shlex.quote(str(file)),
        title=write_value(_title(file)),
        question=write_value(f"What changes against {title}?"),
    )


def _title(file: Path) -> str:
    words = file.stem.replace("-", " ").replace("_", " ").strip()
    return (words[:1].upper() + words[1:])[:_LONGEST_TITLE]


def _wrong(message: str) -> typer.BadParameter:
    return typer.BadParameter(message)
