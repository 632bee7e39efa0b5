"""The results folder of a batch: its manifest, tables, and how far it is."""

from sim.store.files import StoreError
from sim.store.folder import Store
from sim.store.manifest import absent
from sim.store.opening import Plan, create_or_open, open, plan  # noqa: A004 - store.open
from sim.store.status import ScenarioStatus, Summary

__all__ = [
    "Plan",
    "ScenarioStatus",
    "Store",
    "StoreError",
    "Summary",
    "absent",
    "create_or_open",
    "open",
    "plan",
]
