"""The results folder of a batch: its manifest, tables, and how far it is."""

from sim.store.folder import Store
from sim.store.manifest import StoreError
from sim.store.opening import create_or_open, open, plan  # noqa: A004 - store.open
from sim.store.request import Plan
from sim.store.status import ScenarioStatus, Summary

__all__ = [
    "Plan",
    "ScenarioStatus",
    "Store",
    "StoreError",
    "Summary",
    "create_or_open",
    "open",
    "plan",
]
