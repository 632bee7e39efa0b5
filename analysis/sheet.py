"""A sheet of figures: title and legend above, panels, note below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from analysis import style

_TITLE_HEIGHT, _TITLE_LINE = 0.26, 0.155
_LINE_HEIGHT = 0.125
_HANDLE = 40.0  # points that a line with its gaps takes in a legend
_ROOM = style.PAGE_WIDTH * 72 * 0.98
_CHARACTERS = int(style.PAGE_WIDTH * 72 / (style.SMALL_SIZE * 0.53))


def make(
    title: str, note: Sequence[str], height: float, legend: Sequence[tuple[int, str]] = ()
) -> Figure:
    """Make a sheet that has room for panels."""
    lines = style.fitted(" ".join(part for part in note if part), _ROOM, style.SMALL_SIZE)
    heads = style.fitted(title, _ROOM, style.TEXT_SIZE + 2, "bold")
    rows = _legend_rows(legend)
    named = _TITLE_HEIGHT + _TITLE_LINE * (len(heads) - 1)
    above = named + 0.15 * len(rows) + (0.06 if rows else 0)
    below = _LINE_HEIGHT * len(lines) + 0.08
    whole = height + above + below
    layout = ConstrainedLayoutEngine(rect=(0, below / whole, 1, height / whole), h_pad=0.05)
    figure = Figure(figsize=(style.PAGE_WIDTH, whole), layout=layout)
    figure.set_label("\n\n".join([title, " ".join(part for part in note if part)]))  # the caption
    FigureCanvasAgg(figure)
    figure.text(
        0.01, 1 - 0.06 / whole, "\n".join(heads), va="top", fontsize=style.TEXT_SIZE + 2,
        fontweight="bold",
    ).set_in_layout(False)  # fmt: skip
    figure.text(
        0.01, 0.04 / whole, "\n".join(lines), fontsize=style.SMALL_SIZE, color="0.25",
        va="bottom", linespacing=1.25,
    ).set_in_layout(False)  # fmt: skip
    for number, row in enumerate(rows):
        _legend_row(figure, row, 1 - (named + 0.15 * number) / whole)
    return figure


def panels(figure: Figure | SubFigure, number: int, columns: int, **options: Any) -> list[Axes]:
    """Divide a sheet into panels, row by row; places that are left over stay empty."""
    axes = figure.subplots(-(-number // columns), columns, squeeze=False, **options)
    for ax in axes.flat[number:]:
        ax.set_axis_off()
    return list(axes.flat[:number])


def chunks(names: Sequence[str], size: int) -> Iterator[tuple[str, list[str]]]:
    """Part names over sheets, each with the ending of its name."""
    for number, start in enumerate(range(0, max(len(names), 1), size), start=1):
        yield "" if number == 1 else f"-{number}", list(names[start : start + size])


def _legend_rows(legend: Sequence[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Part a legend into rows that fit the page, all with the same number of columns."""
    if not legend:
        return []
    longest = max(len(name) for _, name in legend)
    columns = max(1, min(5, _CHARACTERS // (longest + 12)))
    return [list(legend[start : start + columns]) for start in range(0, len(legend), columns)]


def _legend_row(figure: Figure, row: Sequence[tuple[int, str]], top: float) -> None:
    handles = []
    room = _ROOM - _HANDLE * len(row)
    if sum(style.wide(name, style.SMALL_SIZE + 0.5) for _, name in row) > room:
        room /= len(row)
    for place, name in row:
        look = style.look(place)
        handles.append(
            Line2D(
                [], [], color=look.colour, linestyle=look.dash, linewidth=1.2, marker=look.marker,
                markersize=4, label=style.fitting(name, room, style.SMALL_SIZE + 0.5),
            )
        )  # fmt: skip
    legend = figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.008, top), ncols=len(row),
        handlelength=3.6, columnspacing=1.6, borderpad=0.1, borderaxespad=0.0,
    )  # fmt: skip
    legend.set_in_layout(False)
