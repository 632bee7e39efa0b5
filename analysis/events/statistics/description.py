"""All statistics of a log at once, and the same as one tidy table."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import pandas as pd

from analysis import wording
from analysis.events.statistics.dispersion import fano
from analysis.events.statistics.fitting import Excitation, excitation
from analysis.events.statistics.knowable import notes
from analysis.events.statistics.log import EventLog
from analysis.events.statistics.nearness import Proximity, proximity
from analysis.events.statistics.placebo import WINDOW, BeforeAfter, before_after
from analysis.events.statistics.rhythm import Daytime, daytime
from analysis.events.statistics.sizes import Severity, severity
from analysis.events.statistics.tails import Tail
from analysis.events.statistics.waits import Waiting, waiting
from analysis.intervals import Estimate

COLUMNS = ("statistic", "of", "value", "low", "high", "null_low", "null_high", "p", "events")
NOTE = "note"
T = TypeVar("T")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Description:
    """Every statistic that a log allows; ``absent`` says why another is missing.

    Each is what the function of its name gives; ``orders`` are by name and ``excitation`` by the
    number of kernels.
    """

    log: EventLog
    waiting: Waiting | None
    fano: pd.DataFrame = field(repr=False)
    daytime: Daytime | None
    orders: dict[str, BeforeAfter]
    proximity: Proximity | None
    severity: Severity | None
    excitation: dict[int, Excitation]
    absent: dict[str, str]

    def table(self) -> pd.DataFrame:
        """Write every number in long form, NaN where there is none.

        Columns are ``statistic``, what it is ``of`` (a scale, an order, a quantile), ``value``, its
        95 % interval ``low``, ``high``, the 95 % band of the null model ``null_low``,
        ``null_high``, ``p`` against it, ``events`` used, and a ``note`` where the log cannot tell.
        """
        rows = [*_overall(self.log), *_rhythm(self), *_changes(self)]
        rows += [row for name, fit in self.excitation.items() for row in _fit_rows(name, fit)]
        if self.severity is not None:
            rows += _severity_rows(self.severity)
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        told = {(statistic, of): reason for statistic, of, reason in notes(self)}
        keys = zip(table["statistic"], table["of"], strict=True)
        return table.assign(**{NOTE: [told.get(key, "") for key in keys]})


def describe(
    log: EventLog,
    orders: Mapping[str, Any] | None = None,
    neighbours: Mapping[str, Collection[str]] | None = None,
    *,
    window: float = WINDOW,
    kernels: Sequence[int] = (1, 2),
    seed: int = 0,
) -> Description:
    """Compute every statistic that a log allows.

    Parameters
    ----------
    log : EventLog
        Any; what it does not allow is left out, and ``absent`` says why.
    orders : mapping of str to timestamp or hours, optional
        Times at which something was ordered, by name.
    neighbours : mapping of str to collection of str, optional
        Which places border which.
    window : float
        Length of the windows before and after an order [h].
    kernels : sequence of int
        Which self-exciting processes to fit.
    seed : int
        Of all null models and bootstraps.

    Returns
    -------
    Description
    """
    absent: dict[str, str] = {}
    changes = {
        name: _ask(absent, f"order {name}", partial(before_after, log, at, window))
        for name, at in (orders or {}).items()
    }
    fits = {k: _ask(absent, _kernels(k), partial(excitation, log, k, seed=seed)) for k in kernels}
    return Description(
        log=log,
        waiting=_ask(absent, "waiting", partial(waiting, log, seed)),
        fano=fano(log),
        daytime=_ask(absent, "daytime", partial(daytime, log)),
        orders={name: change for name, change in changes.items() if change is not None},
        proximity=_ask(absent, "proximity", partial(proximity, log, neighbours or {}, seed=seed)),
        severity=_ask(absent, "severity", partial(severity, log)),
        excitation={k: fit for k, fit in fits.items() if fit is not None},
        absent=absent,
    )


def _kernels(number: int) -> str:
    return wording.plural(number, "kernel")


def _ask(absent: dict[str, str], name: str, compute: Callable[[], T]) -> T | None:
    try:
        return compute()
    except ValueError as error:
        absent[name] = str(error)
        return None


def _row(
    statistic: str,
    of: str,
    value: Estimate | float,
    null: tuple[float, float] = (math.nan, math.nan),
    p: float = math.nan,
    events: float = math.nan,
) -> Row:
    if isinstance(value, Estimate):
        return (statistic, of, value.value, value.low, value.high, *null, p, events)
    return (statistic, of, float(value), math.nan, math.nan, *null, p, events)


def _overall(log: EventLog) -> Iterator[Row]:
    yield _row("events", "", len(log), events=len(log))
    yield _row("days", "", log.length / 24, events=len(log))
    yield _row("events per day", "", 24 * len(log) / log.length, events=len(log))


def _rhythm(description: Description) -> Iterator[Row]:
    size = len(description.log)
    if description.waiting is not None:
        w = description.waiting
        yield _row("burstiness", "", w.burstiness, w.poisson_burstiness, w.burstiness_p, size)
        yield _row("memory", "", w.memory, w.poisson_memory, w.memory_p, size)
    for row in description.fano.itertuples():
        estimate = Estimate(row.fano, math.nan, row.low, row.high)
        null = (row.poisson_low, row.poisson_high)
        yield _row("fano factor", f"{row.scale:g} h", estimate, null, events=size)
    if description.daytime is not None:
        first, last = description.daytime.span
        yield _row("night share", f"{first:02}:00 to {last:02}:00", description.daytime.night,
                   (description.daytime.flat, description.daytime.flat), events=size)  # fmt: skip


def _changes(description: Description) -> Iterator[Row]:
    for name, change in description.orders.items():
        events = change.before + change.after
        yield _row("ratio after an order", name, change.ratio, (1.0, 1.0), change.p_change, events)
    if description.proximity is not None:
        c, lag = description.proximity, f"lag {description.proximity.lag} d"
        yield _row("daily correlation of neighbours", lag, c.neighbours)
        yield _row("daily correlation of others", lag, c.others)
        yield _row("neighbours minus others", lag, c.difference, (0.0, 0.0), c.p)


def _fit_rows(kernels: int, fit: Excitation) -> Iterator[Row]:
    of = _kernels(kernels)
    yield _row("branching ratio", of, fit.branching, (0.0, 0.0), fit.p, fit.events)
    for number, (share, life) in enumerate(zip(fit.shares, fit.half_lives, strict=True), start=1):
        part = of if kernels == 1 else f"{of}, {'fast' if number == 1 else 'slow'}"
        if kernels > 1:
            yield _row("branching share", part, share, events=fit.events)
        yield _row("half-life in hours", part, life, events=fit.events)
    yield _row("aic", of, fit.aic, events=fit.events)
    yield _row("residual distance", of, fit.residual_ks, p=fit.residual_p, events=fit.events)


def _severity_rows(sizes: Severity) -> Iterator[Row]:
    yield _row("share with size 1 or more", "", sizes.deadly, events=sizes.events)
    yield _row("largest size", "", sizes.largest, events=sizes.events)
    for row in sizes.quantiles.itertuples():
        estimate = Estimate(row.size, math.nan, row.low, row.high)
        yield _row("size quantile", f"{100 * row.probability:g} %", estimate)
    tails = {tail.xmin: tail for tail in (sizes.whole, sizes.tail) if tail is not None}
    for tail in tails.values():
        yield from _tail_rows(tail)


def _tail_rows(tail: Tail) -> Iterator[Row]:
    of = f"sizes from {tail.xmin}"
    yield _row("power-law exponent", of, tail.alpha, events=tail.events)
    yield _row("lognormal sigma", of, tail.sigma, events=tail.events)
    yield _row("lognormal over power law", of, tail.ratio, (-1.96, 1.96), tail.p, tail.events)
