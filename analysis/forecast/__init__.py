"""Forecasts of the events of the next weeks, by rolling origins, scored against baselines.

``rolled = forecast.roll(log, forecast.standard(), forecast.Plan())`` predicts from one origin
after another what followed; ``forecast.scores(rolled)`` sums it up. Anything with a ``name``
and a ``predict(history, horizon)`` can take part: see `analysis.forecast.Forecaster`. Names
are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.forecast.baselines import LastWindow as LastWindow
    from analysis.forecast.baselines import NegativeBinomial as NegativeBinomial
    from analysis.forecast.baselines import Poisson as Poisson
    from analysis.forecast.page import sheet as sheet
    from analysis.forecast.plan import ALL as ALL
    from analysis.forecast.plan import Forecaster as Forecaster
    from analysis.forecast.plan import Horizon as Horizon
    from analysis.forecast.plan import Plan as Plan
    from analysis.forecast.report import REFERENCE as REFERENCE
    from analysis.forecast.report import standard as standard
    from analysis.forecast.report import write_forecast as write_forecast
    from analysis.forecast.rolling import roll as roll
    from analysis.forecast.selfexciting import SelfExciting as SelfExciting
    from analysis.forecast.simulated import Simulated as Simulated
    from analysis.forecast.skill import best as best
    from analysis.forecast.skill import calibration as calibration
    from analysis.forecast.skill import scores as scores

_HOMES = {
    "baselines": ("LastWindow", "NegativeBinomial", "Poisson"),
    "page": ("sheet",),
    "plan": ("ALL", "Forecaster", "Horizon", "Plan"),
    "report": ("REFERENCE", "standard", "write_forecast"),
    "rolling": ("roll",),
    "selfexciting": ("SelfExciting",),
    "simulated": ("Simulated",),
    "skill": ("best", "calibration", "scores"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

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


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'analysis.forecast' has no attribute {name!r}")
    return getattr(import_module(f"analysis.forecast.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
