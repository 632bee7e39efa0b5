"""Libraries that only an extra installs, and the one message where they are missing."""

from __future__ import annotations

from importlib.util import find_spec

# For each extra its modules, and the packages that hold them.
EXTRAS = {
    "dask": {"distributed": "distributed"},
    "discover": {"ema_workbench": "ema-workbench"},
    "events": {"sklearn": "scikit-learn", "threadpoolctl": "threadpoolctl"},
    "page": {"starlette": "starlette", "uvicorn": "uvicorn"},
}


class MissingExtraError(ImportError):
    """Libraries of an extra are not installed."""


def need(extra: str, what: str) -> None:
    """Refuse what cannot be done without an extra."""
    absent = [package for module, package in EXTRAS[extra].items() if find_spec(module) is None]
    if absent:
        raise MissingExtraError(
            f"{what} needs the extra '{extra}' (not installed: {', '.join(absent)}):"
            f" in a clone, pip install '.[{extra}]'"
        )
