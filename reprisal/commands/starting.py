"""The command that writes a scenario file to start from: ``new``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from reprisal.commands.scenarios import STARTER
from reprisal.options import complete_scenario
from reprisal.wording import say, tell

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
