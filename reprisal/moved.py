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
_RENAMED = {"replay": {"--out": "--replay", "--replicate": "--only"}}
_INSTEAD = {"--parameters", "--mechanisms", "--failures"}


def moved(word: str, arguments: Sequence[str]) -> str:
    """Say what is now typed in place of an old command; empty for one that exists."""
    if word not in _NEW:
        return ""
    command, *option = _NEW[word].split()
    names = _RENAMED.get(word, {})
    parted = [argument.partition("=") for argument in arguments]
    given = ["".join((names.get(name, name), *value)) for name, *value in parted]
    known = {name.partition("=")[0] for name in given}
    added = [] if known & {*_INSTEAD, *option[:1], "--help", "-h"} else option
    now = shlex.join(["reprisal", command, *added, *given])
    return f"Error: '{word}' is now '{_NEW[word]}': {now}"
