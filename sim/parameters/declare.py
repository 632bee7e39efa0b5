"""How a parameter is declared: once, with unit, bounds, default, source and role."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from sim.units import parse_duration, parse_rate

Role = Literal["constant", "uncertainty", "lever"]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Persons = Annotated[int, Field(ge=0, le=100_000_000)]
Level = Annotated[float, Field(ge=0, le=1)]
Change = Annotated[float, Field(ge=-1, le=10)]
Weight = Annotated[float, Field(ge=0, le=1e6)]
Activity = Annotated[float, Field(ge=0, le=1e6)]
TileIndex = Annotated[int, Field(ge=0, le=1000)]
Everywhere = Literal["all"]
RuleOfEngagement = Literal["restraint", "live_fire"]
_UNITS = {parse_duration: "duration", parse_rate: "per day"}


def param(
    default: Any,
    text: str,
    *,
    unit: str = "",
    source: str = "assumption",
    role: Role = "constant",
    **bounds: Any,
) -> Any:
    """Declare one parameter; durations and rates have a unit without saying so."""
    extra: dict[str, Any] = {"source": source, "role": role} | ({"unit": unit} if unit else {})
    if callable(default):
        return Field(default_factory=default, description=text, json_schema_extra=extra, **bounds)
    return Field(default, description=text, json_schema_extra=extra, **bounds)


lever = partial(param, role="lever")
uncertainty = partial(param, role="uncertainty")


def unit_of(field: FieldInfo) -> str:
    """Give the unit of a parameter, as it was declared or by its type."""
    inner = [getattr(kind, "__metadata__", ()) for kind in get_args(field.annotation)]
    parsers = [getattr(each, "func", None) for each in (*field.metadata, *chain(*inner))]
    by_type = [unit for parser, unit in _UNITS.items() if parser in parsers]
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return str(extra.get("unit", next(iter(by_type), "-")))


class Group(BaseModel):
    """A frozen group of parameters that refuses unknown keys and loose types."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )


def acts_of(group: type[Group]) -> dict[str, str]:
    """Give the acts that a group declares as ``acts``: names for the table of orders, and words."""
    acts: dict[str, str] = vars(group).get("acts", {})
    return acts
