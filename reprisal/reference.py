"""The reference pages of parameters and mechanisms, which are made from the code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.mechanisms import Mechanism, Switch
    from sim.scenario import Parameter

REQUIRED = "(required)"
_PARAMETERS_HEAD = """\
# Parameters of a scenario file

Made by `reprisal show --parameters`; [how values are written](scenario-files.md#values). `*` stands
for a name that you choose. An *attack-equivalent* is the grievance after one attack of mean weight.
*Default* is that of the code, *allowed* what a file may say; the source gives the plausible range.
[Roles](scenario-files.md#roles) say who could choose a number. *In* names the
[mechanisms](mechanisms.md) that a parameter belongs to."""
_PARAMETERS_TABLE = (
    "parameter",
    "type",
    "unit",
    "allowed",
    "default",
    "role",
    "source",
    "meaning",
    "in",
)
_MECHANISMS_HEAD = """\
# Mechanisms

Made by `reprisal show --mechanisms`. Each row is one element of what was reported and its
counterpart in the model. Quotations are from the Associated Press report of 1 September 2022.
[parameters.md](parameters.md) has all parameters of each, with what they mean, ranges and sources;
[MODEL.md](../MODEL.md) gives the equations. A switch set to the value shown turns its mechanism off
and moves no draw of another."""
_MECHANISMS_TABLE = (
    "mechanism",
    "reported",
    "in the model",
    "rules",
    "parameter: default",
    "off with",
    "shown by",
)
_BAR, _BREAK = r"\|", "<br>"


def parameters_page() -> str:
    """Write the page of all parameters."""
    from sim.scenario import parameters_table

    rows = parameters_table()
    actions = max(len(row.only) for row in rows)
    sections: dict[str, list[Sequence[str]]] = {}
    for row in rows:
        title = f"`{row.path.partition('.')[0]}`" if "." in row.path else "The file"
        only = row.only if len(row.only) < actions else ()
        sections.setdefault(title, []).append(_parameter_cells(row, only))
    pages = (
        f"## {title}\n\n{_table(_PARAMETERS_TABLE, lines)}" for title, lines in sections.items()
    )
    return "\n\n".join([_PARAMETERS_HEAD, *pages]) + "\n"


def mechanisms_page() -> str:
    """Write the page of all mechanisms."""
    from sim.mechanisms import MECHANISMS, named
    from sim.scenario import parameters_table

    rows = parameters_table()
    lines = [
        _mechanism_cells(mechanism, [row for row in rows if named(row.path, mechanism.key)])
        for mechanism in MECHANISMS
    ]
    return "\n\n".join([_MECHANISMS_HEAD, _table(_MECHANISMS_TABLE, lines)]) + "\n"


def _parameter_cells(row: Parameter, only: Sequence[str]) -> Sequence[str]:
    from sim.mechanisms import MECHANISMS, named

    meaning = (
        f"{row.description} Only in orders to {' or '.join(only)}." if only else row.description
    )
    return (
        _code(row.path),
        row.type,
        row.unit,
        row.bounds,
        _default(row),
        row.role,
        row.source,
        meaning,
        ", ".join(
            f"D{each.number}" for each in MECHANISMS if named(row.path, each.key + each.more)
        ),
    )


def _mechanism_cells(mechanism: Mechanism, key: Sequence[Parameter]) -> Sequence[str]:
    from sim.mechanisms import functions

    return (
        f"**{_title(mechanism)}**",
        _reported(mechanism),
        mechanism.model,
        _BREAK.join(_rule(function) for function in functions(mechanism)),
        _BREAK.join(_key_parameter(row) for row in key),
        _BREAK.join(_switch(switch) for switch in mechanism.switches),
        _BREAK.join(f"[{name}](../scenarios/{name}.yaml)" for name in mechanism.scenarios),
    )


def _reported(mechanism: Mechanism) -> str:
    if mechanism.words:
        return f'"{mechanism.words}"'
    return f"not in the article; {mechanism.elsewhere}"


def _title(mechanism: Mechanism) -> str:
    return f"D{mechanism.number} {mechanism.title}"


def _rule(function: Callable[..., Any]) -> str:
    file = function.__module__.replace(".", "/") + ".py"
    return f"[`{function.__name__}`](../{file})"


def _key_parameter(row: Parameter) -> str:
    return f"{_code(row.path)}: {_default(row) or 'by name'}"


def _switch(switch: Switch) -> str:
    from sim.scenario.writing import write_value

    return _code(f"{switch.path}: {write_value(switch.off)}")


def _default(row: Parameter) -> str:
    return row.default if row.default in {"", REQUIRED} else _code(row.default)


def _code(text: str) -> str:
    return f"`{text}`"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head)]
    lines += [[cell.replace("|", _BAR) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
