"""The command ``reprisal``: its subcommands, and what a user sees when something fails."""

from __future__ import annotations

import gc
import os
import re
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

import sim
from reprisal.commands import (
    batches,
    calibration,
    comparison,
    evaluation,
    events,
    exploring,
    export,
    forecasts,
    lab,
    report,
    results,
    scenarios,
)
from reprisal.moved import moved
from reprisal.wording import say

BAD_INPUT = 2
_HELP = ["--help", "-h"]
_WANT_TRACEBACK = "REPRISAL_TRACEBACK"
# Figures are made of many small objects that stay: looking for dead ones among them all the time
# takes a tenth of drawing.
_RARELY = (100_000, 20, 50)
_OTHER_WORDS = {
    **dict.fromkeys(("--runs", "--reps", "--repeats", "--samples", "-n"), "--replicates"),
    **dict.fromkeys(("--output", "--output-dir", "--folder", "-o"), "--out"),
    **dict.fromkeys(("--jobs", "--cores", "--processes", "--threads", "-j"), "--workers"),
    **dict.fromkeys(("--param", "--parameter", "-p"), "--set"),
    **dict.fromkeys(("--base", "--reference", "--against"), "--baseline"),
    **dict.fromkeys(("--figures", "--plots"), "--figure"),
    "--levels": "--size",
    "--vary": "--sweep",
}
_OTHER_COMMANDS = {
    **dict.fromkeys(("simulate", "sim", "batch", "start", "execute", "sweep"), "run"),
    **dict.fromkeys(("figure", "figures", "draw", "graph", "chart", "map"), "plot"),
    **dict.fromkeys(("check", "lint"), "validate"),
    **dict.fromkeys(("diff", "contrast", "analyse", "analyze"), "compare"),
    **dict.fromkeys(("create", "init", "copy"), "new"),
    **dict.fromkeys(("summary", "summarise", "summarize"), "report"),
    **dict.fromkeys(("scenarios", "ls", "info", "print"), "show"),
    **dict.fromkeys(("fit", "estimate"), "calibrate"),
    **dict.fromkeys(("gui", "page", "serve"), "lab"),
}
# What the parser of options says of a value, and what a user reads in its place.
_PLAIN_WORDS = [
    (re.compile(r"Value error, "), ""),
    (re.compile(r"Input should be a valid integer.*"), "needs a whole number, of digits alone"),
    (re.compile(r"Input should be a valid number.*"), "needs a number, such as 0.1"),
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"needs at least \1"),
    (re.compile(r"Input should be less than or equal to (\S+)"), r"needs at most \1"),
    (re.compile(r"Input should be greater than (\S+)"), r"needs more than \1"),
    (re.compile(r"Input should be less than (\S+)"), r"needs less than \1"),
]
_PLAIN_WARNING, _SHOW = "No font of this machine", warnings.showwarning
_INPUT_ERRORS = {
    "sim.scenario.problems": "ScenarioError",
    "sim.ownmodel": "ModelError",
    "sim.store.files": "StoreError",
    "sim.batch.choice": "EngineError",
    "sim.batch.pool": "PoolError",
    "analysis.explore.stopping": "ConditionError",
    "sim.extras": "MissingExtraError",
    "analysis.frames": "LoadError",
}


class _Group(TyperGroup):
    """Turns errors of the library into plain lines and exit codes, and names what has moved."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        told = "" if ctx.resilient_parsing else moved(args[0], args[1:])
        if told:
            say(told)
            raise typer.Exit(BAD_INPUT)
        if not ctx.resilient_parsing:
            _refuse_a_space_in_a_list(ctx, args)
        meant = _OTHER_COMMANDS.get(args[0], "")
        if meant and not ctx.resilient_parsing:
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{meant}'?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("default", message=_PLAIN_WARNING)
                warnings.showwarning = _show
                return super().invoke(ctx)
        except KeyboardInterrupt:
            say("Interrupted.")
            raise
        except Exception as error:
            _name_what_was_meant(error)
            _say_plainly(error)
            code = explain(error, bool(ctx.params.get("traceback")))
            if code is None:
                raise
            raise typer.Exit(code) from error


def _show(message: Warning | str, category: type[Warning], *more: Any, **options: Any) -> None:
    """Say a warning that is for the user, without the place in the code."""
    if str(message).startswith(_PLAIN_WARNING):
        say(str(message))
    else:
        _SHOW(message, category, *more, **options)


def _refuse_a_space_in_a_list(ctx: Any, args: Sequence[str]) -> None:
    """Say so where a list with a space after its comma would become an option and a folder."""
    for option, value, following in zip(args, args[1:], args[2:], strict=False):
        goes_on = not following.startswith("-") and not os.path.lexists(following)
        if option.startswith("--") and value.endswith(",") and goes_on:
            ctx.fail(f"Write a list without spaces: {option} {value}{following}")


def _name_what_was_meant(error: Exception) -> None:
    """Suggest the option for which another word was used."""
    asked, context = getattr(error, "option_name", ""), getattr(error, "ctx", None)
    meant = _OTHER_WORDS.get(asked, "")
    if context is not None and any(meant in each.opts for each in context.command.params):
        error.possibilities = [meant]  # type: ignore[attr-defined]


def _say_plainly(error: Exception) -> None:
    """Say of an option's value what it needs in words for who typed it."""
    if isinstance(error, typer.BadParameter):
        for found, plain in _PLAIN_WORDS:
            error.message = found.sub(plain, error.message, count=1)


def explain(error: Exception, with_traceback: bool = False) -> int | None:
    """Say on standard error what went wrong."""
    if type(error).__module__.startswith(("typer", "click")) or isinstance(error, BrokenPipeError):
        return None
    if with_traceback:
        say("".join(traceback.format_exception(error)).rstrip())
    if isinstance(error, _input_errors()):
        say(str(error))
        return BAD_INPUT
    if isinstance(error, OSError) and error.strerror:
        say(f"{error.filename or 'a file or the standard output'}: {error.strerror}")
        return BAD_INPUT
    if not with_traceback:
        say(f"Unexpected error: {type(error).__name__}: {error}")
        say(f"Put {_WANT_TRACEBACK}=1 before the command to see where.")
    return 1


def _input_errors() -> tuple[type[Exception], ...]:
    # An error exists only when its module was imported; importing the others takes seconds.
    return tuple(
        getattr(sys.modules[module], name)
        for module, name in _INPUT_ERRORS.items()
        if module in sys.modules
    )


app = typer.Typer(
    cls=_Group,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": _HELP},
)
app.command(epilog="Example: reprisal new my-case --from iraq-2022")(scenarios.new)
app.command(epilog="Example: reprisal validate scenarios/*.yaml")(scenarios.validate)
app.command(epilog="Example: reprisal show scenarios/no-withdrawal-call.yaml --diff")(
    scenarios.show
)
app.command(epilog="Example: reprisal run scenarios/two-groups.yaml --replicates 20 --plot")(
    batches.run
)
app.command(epilog="Example: reprisal verify results/two-groups-1a2b3c --sample 20")(results.verify)
app.command(epilog="Example: reprisal plot results/two-groups-1a2b3c --format svg")(results.plot)
app.command(epilog="Example: reprisal compare results/library --baseline iraq-2022")(
    comparison.compare
)
app.command(epilog="Example: reprisal export results/library --format ema")(export.export)
app.command(epilog="Example: reprisal report results/library --baseline iraq-2022")(report.report)
app.command(epilog="Example: reprisal lab iraq-2022")(lab.lab)
app.command(epilog="Example: reprisal evaluate results/iraq-2022-1a2b3c")(evaluation.evaluate)
app.command(epilog="Example: reprisal describe events.csv --timezone Asia/Baghdad")(events.describe)
app.command(epilog="Example: reprisal forecast events.csv --train-until 2022-01-01T00:00")(
    forecasts.forecast
)
app.command(
    epilog="Example: reprisal calibrate scenarios/iraq-2022.yaml --data events.csv"
    " --range reprisal.half_life=12h..4d:log"
)(calibration.calibrate)
app.command(epilog="Example: reprisal sensitivity results/which-numbers")(exploring.sensitivity)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reprisal {sim.__version__}")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    epilog="Example: reprisal run scenarios/two-groups.yaml --plot",
)
def root(
    ctx: typer.Context,
    traceback: Annotated[  # noqa: ARG001 - read by _Group
        bool,
        typer.Option("--traceback", envvar=_WANT_TRACEBACK, help="Show where an error was raised."),
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help="Show the version."),
    ] = False,
) -> None:
    """Run scenarios of reprisals between armed groups and study their outcomes."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def quick_help(args: Sequence[str]) -> str | None:
    """Give the help that is asked for without parsing: that would import pydantic first."""
    if not set(_HELP).intersection(args):
        return None
    group = get_command(app)
    context = typer.Context(group, info_name="reprisal", **group.context_settings)
    names = [arg for arg in args if not arg.startswith("-")]
    if names:
        command = getattr(group, "commands", {}).get(names[0])
        if command is None:
            return None
        context = typer.Context(command, info_name=names[0], parent=context)
    return str(context.get_help())


def _keep_streams() -> None:
    """Open what was closed, or the next file would get its number and what is said in it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def main() -> None:
    """Run the command line."""
    _keep_streams()
    text = quick_help(sys.argv[1:])
    if text is None:
        gc.set_threshold(*_RARELY)
        app(prog_name="reprisal")
    else:
        typer.echo(text)
