"""Load results, summarise them and draw figures; nothing here runs the model.

``frames = analysis.load("results/x")`` gives pandas frames; each figure is a function that
takes frames (or one frame) and an Axes and returns the Axes. Names are imported on first
use, so that ``import analysis`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.causes import deaths_by_cause as deaths_by_cause
    from analysis.chains import branching_ratios as branching_ratios
    from analysis.chains import chain_sizes as chain_sizes
    from analysis.chains import chain_tail as chain_tail
    from analysis.comparison.branches import branches as branches
    from analysis.comparison.branches import compare_by_branch as compare_by_branch
    from analysis.comparison.branches import summary_by_branch as summary_by_branch
    from analysis.comparison.branchpage import write_branches as write_branches
    from analysis.comparison.contrasts import contrasts as contrasts
    from analysis.comparison.courses import course_differences as course_differences
    from analysis.comparison.courses import difference_fan as difference_fan
    from analysis.comparison.gaps import difference_rows as difference_rows
    from analysis.comparison.gaps import pair_differences as pair_differences
    from analysis.comparison.levers import lever_page as lever_page
    from analysis.comparison.page import write_comparison as write_comparison
    from analysis.comparison.places import place_differences as place_differences
    from analysis.comparison.ranking import ranking as ranking
    from analysis.comparison.table import compare as compare
    from analysis.distributions import ecdf as ecdf
    from analysis.distributions import histogram as histogram
    from analysis.evaluation import evaluate as evaluate
    from analysis.evaluation import observed_in_runs as observed_in_runs
    from analysis.evaluationpage import write_evaluation as write_evaluation
    from analysis.explore.crossing import crossings as crossings
    from analysis.explore.crossing import read_threshold as read_threshold
    from analysis.explore.designs import explored as explored
    from analysis.explore.discovery import discover as discover
    from analysis.explore.discoveryfigures import write_discovery as write_discovery
    from analysis.explore.response import response_table as response_table
    from analysis.explore.response import responses as responses
    from analysis.explore.sensitivity import sensitivity as sensitivity
    from analysis.explore.sensitivityfigures import write_sensitivity as write_sensitivity
    from analysis.figures import plot as plot
    from analysis.forest import effects as effects
    from analysis.forest import means as means
    from analysis.frames import Frames as Frames
    from analysis.frames import LoadError as LoadError
    from analysis.genealogy import lineage as lineage
    from analysis.genealogy import tree as tree
    from analysis.genealogy import typical_run as typical_run
    from analysis.interop import parameters as parameters
    from analysis.interop import to_ema as to_ema
    from analysis.interop import to_mesa as to_mesa
    from analysis.interop import to_salib as to_salib
    from analysis.interop import write_export as write_export
    from analysis.memory import from_tables as from_tables
    from analysis.orders import order_marks as order_marks
    from analysis.orders import order_strip as order_strip
    from analysis.orders import order_times as order_times
    from analysis.ownoutcomes import with_outcomes as with_outcomes
    from analysis.report.files import write_report as write_report
    from analysis.reported import as_reported as as_reported
    from analysis.reported import outcomes as outcomes
    from analysis.sources import load as load
    from analysis.tables import differences as differences
    from analysis.tables import summary as summary
    from analysis.tilemap import province_table as province_table
    from analysis.tilemap import tiles as tiles
    from analysis.timeline import daily as daily
    from analysis.timeline import fan as fan

_HOMES = {
    "frames": ("Frames", "LoadError"),
    "sources": ("load",),
    "memory": ("from_tables",),
    "tables": ("summary", "differences"),
    "distributions": ("ecdf", "histogram"),
    "timeline": ("daily", "fan"),
    "orders": ("order_times", "order_marks", "order_strip"),
    "tilemap": ("province_table", "tiles"),
    "causes": ("deaths_by_cause",),
    "chains": ("branching_ratios", "chain_sizes", "chain_tail"),
    "report.files": ("write_report",),
    "interop": ("parameters", "to_ema", "to_mesa", "to_salib", "write_export"),
    "genealogy": ("lineage", "tree", "typical_run"),
    "evaluation": ("evaluate", "observed_in_runs"),
    "forest": ("means", "effects"),
    "comparison.levers": ("lever_page",),
    "comparison.table": ("compare",),
    "comparison.branches": ("branches", "compare_by_branch", "summary_by_branch"),
    "comparison.branchpage": ("write_branches",),
    "comparison.page": ("write_comparison",),
    "comparison.contrasts": ("contrasts",),
    "comparison.courses": ("course_differences", "difference_fan"),
    "comparison.gaps": ("pair_differences", "difference_rows"),
    "comparison.places": ("place_differences",),
    "comparison.ranking": ("ranking",),
    "explore.crossing": ("crossings", "read_threshold"),
    "explore.designs": ("explored",),
    "explore.discovery": ("discover",),
    "explore.discoveryfigures": ("write_discovery",),
    "explore.response": ("response_table", "responses"),
    "explore.sensitivity": ("sensitivity",),
    "explore.sensitivityfigures": ("write_sensitivity",),
    "figures": ("plot",),
    "evaluationpage": ("write_evaluation",),
    "reported": ("as_reported", "outcomes"),
    "ownoutcomes": ("with_outcomes",),
}


def _check_that_sim_is_ours() -> None:
    """Refuse to go on with a file or folder called sim that hides the package beside this one."""
    try:
        spec = find_spec("sim")
        found = spec.origin if spec is not None else None
    except ValueError:  # it is imported already, and says nothing of its file
        found = "sim"
    ours = Path(__file__).resolve().parents[1] / "sim" / "__init__.py"
    if found is not None and Path(found).resolve() != ours:
        raise ImportError(
            f"{found} is in the way: Reprisal has a package called 'sim', and Python finds yours"
            " first. Rename yours, or start Python in another folder."
        )


_check_that_sim_is_ours()
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = list(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    return getattr(import_module(f"analysis.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
