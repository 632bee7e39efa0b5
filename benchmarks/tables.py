"""Answers to tables in Markdown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable

from benchmarks.contest import Answer, Contestant, Usage

Played = list[dict[str, Answer]]


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """Lines of a table; all columns but the first are right-aligned."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def figure(value: float) -> str:
    """Three significant digits, thousands marked."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{round(value, 2 - math.floor(math.log10(abs(value)))):,.{digits}f}"


def spread(values: list[float]) -> str:
    """Median, and the least and the largest."""
    least, middle, most = min(values), statistics.median(values), max(values)
    return f"{figure(middle)} [{figure(least)}..{figure(most)}]"


def ratios(played: Played, name: str, other: str) -> str:
    """Speed of one in units of the other, taken within rounds."""
    if other not in played[0]:
        return "–"
    if name == other:
        return "1"
    return spread([answers[name].rate / answers[other].rate for answers in played])


def speed(contestants: list[Contestant], played: Played, others: dict[str, str]) -> list[str]:
    """Tabulate runs per CPU-second, and ratios to others by name, with their headings."""
    rows = []
    for contestant in contestants:
        name = contestant.name
        answers = [each[name] for each in played]
        rows.append(
            [
                contestant.title,
                figure(statistics.median(a.rate for a in answers)),
                *(ratios(played, name, other) for other in others),
                figure(statistics.median(a.wall_s / a.cpu_s for a in answers)),
            ]
        )
    head = ["", "runs per CPU-second", *others.values(), "wall / CPU"]
    return table(head, rows)


def cost(played: Played, name: str) -> float:
    """Median CPU milliseconds of a run."""
    return statistics.median(1e3 / answers[name].rate for answers in played)


def slope(x: list[float], y: list[float]) -> float:
    """Least-squares slope on logarithmic axes."""
    fit = statistics.linear_regression([math.log(v) for v in x], [math.log(v) for v in y])
    return fit.slope


def growth(axis: str, contestants: list[Contestant], points: dict[int, Played]) -> list[str]:
    """CPU milliseconds of a run along one axis, and the exponent of its growth."""

    def along(make: Callable[[Contestant], str]) -> list[str]:
        return [make(contestant) for contestant in contestants]

    def exponent(contestant: Contestant) -> str:
        sizes = [size for size, played in points.items() if contestant.name in played[0]]
        costs = [cost(points[size], contestant.name) for size in sizes]
        return f"{slope(sizes, costs):.2f}" if len(sizes) > 1 else "–"

    rows = []
    for size, played in points.items():
        costs = {name: figure(cost(played, name)) for name in played[0]}
        rows.append([f"{size:,}", *along(lambda c, costs=costs: costs.get(c.name, "–"))])
    rows.append(["exponent", *along(exponent)])
    return table([axis, *(contestant.title for contestant in contestants)], rows)


def memory(rows: list[tuple[Contestant, int, list[Usage]]]) -> list[str]:
    """Peak memory and CPU time of whole processes."""
    lines = []
    for contestant, runs, usages in rows:
        peak = spread([usage.peak_mb for usage in usages])
        cpu = spread([usage.cpu_s for usage in usages])
        lines.append([contestant.title, f"{runs:,}", peak, cpu])
    return table(["whole process", "runs", "peak memory, MB", "CPU, s"], lines)
