"""Which scenario names can name files, on every system and nowhere but in their folder."""

from __future__ import annotations

import re

LONGEST = 200
RULE = (
    f"use up to {LONGEST} letters a-z, digits and . _ = + , - with no dot at either end, and no"
    " name that Windows keeps for devices, such as con or com1"
)
# Temporary files begin with a dot; Windows drops one at the end. The longest file name is
# 255 bytes nearly everywhere, and suffixes are added.
_SAFE = re.compile(rf"(?!\.)[A-Za-z0-9._=+,-]{{1,{LONGEST}}}(?<!\.)")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def is_safe(name: str) -> bool:
    """Tell whether a scenario name can name a file."""
    return bool(_SAFE.fullmatch(name)) and not _DEVICE.fullmatch(name)


def checked(name: str) -> str:
    """Give a name that can name a file."""
    if not is_safe(name):
        raise ValueError(f"scenario name {name[: LONGEST + 1]!r} cannot name a file: {RULE}")
    return name
