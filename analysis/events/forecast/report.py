"""Forecast a table of events, and write scores, forecasts and a page per series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from analysis.events.forecast import skill
from analysis.events.forecast.baselines import DRAWS, LastWindow, NegativeBinomial, Poisson
from analysis.events.forecast.figures import sheet
from analysis.events.forecast.plan import Forecaster, Plan
from analysis.events.forecast.rolling import roll
from analysis.events.forecast.selfexciting import SelfExciting
from analysis.events.reading.prepare import Prepared
from analysis.events.writing import write_tables
from analysis.files import write_figures
from analysis.kinds import USUAL

REFERENCE = "last window"


def standard(draws: int = DRAWS, seed: int = 1) -> list[Forecaster]:
    """Give the forecasters that a model has to beat."""
    kinds = (LastWindow, Poisson, NegativeBinomial, SelfExciting)
    return [kind(draws=draws, seed=seed) for kind in kinds]


def write_forecast(
    prepared: Prepared,
    forecasters: Sequence[Forecaster],
    plan: Plan,
    out: str | Path,
    against: str = REFERENCE,
    formats: Sequence[str] = USUAL,
    tell: Callable[[int, int], None] | None = None,
) -> tuple[list[Path], pd.DataFrame, pd.DataFrame]:
    """Forecast from rolling origins, and write tables and pages; gives files, scores and the best.

    ``tell`` hears after each origin how many of how many are done.
    """
    rolled = roll(prepared.steady, forecasters, plan, tell)
    table, best = skill.scores(rolled, against), skill.best(rolled)
    tables = {
        "scores.csv": table,
        "best.csv": best,
        "calibration.csv": skill.calibration(rolled),
        "forecasts.csv": rolled.table,
    }
    paths = write_tables(prepared, tables, Path(out))
    sheets = (
        (f"forecast-{number}" if number else "forecast", sheet(rolled, table, against, series))
        for number, series in enumerate(plan.horizon.series)
    )
    return paths + write_figures(Path(out), sheets, formats), table, best
