"""Small changes to any module, made from its operators, for ``python -m tests.mutants --file``.

Each site gives one change: ``<`` becomes ``<=``, ``+`` becomes ``-``, ``and`` becomes ``or``,
``min`` becomes ``max``, a number grows by one, a truth is turned round, ``not`` goes. Texts, types,
what is raised, how figures look and whether ``zip`` is strict are left alone.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_LOOKS = {
    "alpha", "annotation_clip", "borderaxespad", "capsize", "color", "elinewidth", "fontsize",
    "frameon", "linestyle", "linewidth", "markeredgewidth", "markersize", "ncols", "xytext",
    "zorder",
}  # fmt: skip
_LEFT_ALONE = _LOOKS | {"repr", "strict"}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}


def changes(text: str) -> Iterator[tuple[str, str]]:
    """Give what each change is, with its line, and the changed text."""
    for number, what in enumerate(sites(text)):
        yield what, changed(text, number)


def sites(text: str) -> Iterator[str]:
    """Give what each change is, with its line."""
    for place in _places(ast.parse(text)):
        after = ast.unparse(_change(copy.deepcopy(place)))
        yield f"{place.lineno}: {ast.unparse(place)} becomes {after}"


def changed(text: str, number: int) -> str:
    """Make the change of one number."""
    tree = ast.parse(text)
    _change(next(node for place, node in enumerate(_places(tree)) if place == number))
    return ast.unparse(tree)


def _places(node: ast.AST) -> Iterator[ast.expr]:
    """Go through the expressions that can be changed, in the order of the text."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.keyword) and node.arg in _LEFT_ALONE:
        return
    if isinstance(node, ast.expr) and _can_change(node):
        yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _places(child)


def _can_change(node: ast.expr) -> bool:
    if isinstance(node, ast.Compare):
        return len(node.ops) == 1 and type(node.ops[0]) in _SWAPS
    if isinstance(node, ast.BinOp | ast.BoolOp):
        return type(node.op) in _SWAPS
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    if isinstance(node, ast.Name | ast.Attribute):
        return (node.id if isinstance(node, ast.Name) else node.attr) in _NAMES
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _change(node: ast.expr) -> ast.expr:
    """Change an expression in its place."""
    if isinstance(node, ast.Compare):
        node.ops[0] = _SWAPS[type(node.ops[0])]()  # type: ignore[assignment]
    elif isinstance(node, ast.BinOp | ast.BoolOp):
        node.op = _SWAPS[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
        node.operand = ast.Call(ast.Name("bool"), [node.operand], [])
    elif isinstance(node, ast.Name):
        node.id = _NAMES[node.id]
    elif isinstance(node, ast.Attribute):
        node.attr = _NAMES[node.attr]
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1  # type: ignore[operator]
    return node
