"""Forecasts of the events of the next weeks, by rolling origins, scored against baselines.

``rolled = forecast.roll(log, forecast.standard(), forecast.Plan())`` predicts from one origin
after another what followed; ``forecast.scores(rolled)`` sums it up. Anything with a ``name``
and a ``predict(history, horizon)`` can take part: see `analysis.events.forecast.Forecaster`.
"""

from __future__ import annotations

from analysis.events.forecast.baselines import LastWindow, NegativeBinomial, Poisson
from analysis.events.forecast.figures import sheet
from analysis.events.forecast.plan import ALL, Forecaster, Horizon, Plan
from analysis.events.forecast.report import REFERENCE, standard, write_forecast
from analysis.events.forecast.rolling import roll
from analysis.events.forecast.selfexciting import SelfExciting
from analysis.events.forecast.simulated import Simulated
from analysis.events.forecast.skill import best, calibration, scores

__all__ = [
    "ALL",
    "REFERENCE",
    "Forecaster",
    "Horizon",
    "LastWindow",
    "NegativeBinomial",
    "Plan",
    "Poisson",
    "SelfExciting",
    "Simulated",
    "best",
    "calibration",
    "roll",
    "scores",
    "sheet",
    "standard",
    "write_forecast",
]
