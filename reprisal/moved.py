"""What became of commands and options that went."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

_NEW = {
    "list": "show",
    "schema": "show --schema",
    "status": "verify --status",
    "repair": "verify --repair",
    "replay": "run --replay FILE.gif",
    "discover": "sensitivity --where EVENT",
}
_RENAMED = {
    "replay": {"--out": "--replay", "--replicate": "--only"},
    "run": {"--range": "--sweep"},
}
_INSTEAD = {"--parameters", "--mechanisms", "--failures"}


def moved(word: str, arguments: Sequence[str]) -> str:
    """Say what is now typed in place of an old command or option; empty where there is none."""
    names = _RENAMED.get(word, {})
    parted = [argument.partition("=") for argument in arguments]
    old = word if word in _NEW else next((name for name, *_ in parted if name in names), "")
    if not old:
        return ""
    new = _NEW.get(word) or names[old]
    command, *option = _NEW.get(word, word).split()
    given = ["".join((names.get(name, name), *value)) for name, *value in parted]
    known = {name.partition("=")[0] for name in given}
    added = [] if known & {*_INSTEAD, *option[:1], "--help", "-h"} else option
    now = shlex.join(["reprisal", command, *added, *given])
    return f"Error: '{old}' is now '{new}': {now}"
