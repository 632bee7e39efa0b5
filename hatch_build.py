"""Put the scenarios and their schemas into the wheel, where `sim.shipped` finds them.

An editable install reads them in the checkout, so it gets no copy.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INCLUDED = ("scenarios", "schema")


class ShippedFiles(BuildHookInterface):  # noqa: D101 - hatchling finds it by its base class
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: D102
        if version == "standard":
            for name in INCLUDED:
                build_data["force_include"][name] = f"sim/shipped/{name}"
