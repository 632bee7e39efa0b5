"""How a parameter is declared: once, with unit, bounds, default, source and role."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["constant", "uncertainty", "lever"]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Persons = Annotated[int, Field(ge=0, le=100_000_000)]
Level = Annotated[float, Field(ge=0, le=1)]
Change = Annotated[float, Field(ge=-1, le=10)]
Weight = Annotated[float, Field(ge=0, le=1e6)]
Activity = Annotated[float, Field(ge=0, le=1e6)]
TileIndex = Annotated[int, Field(ge=0, le=1000)]
Everywhere = Literal["all"]


def param(
    default: Any,
    text: str,
    *,
    unit: str = "-",
    source: str = "assumption",
    role: Role = "constant",
    **bounds: Any,
) -> Any:
    """Declare one parameter."""
    extra: dict[str, Any] = {"unit": unit, "source": source, "role": role}
    if callable(default):
        return Field(default_factory=default, description=text, json_schema_extra=extra, **bounds)
    return Field(default, description=text, json_schema_extra=extra, **bounds)


class Group(BaseModel):
    """A frozen group of parameters that refuses unknown keys and loose types."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )


def acts_of(group: type[Group]) -> dict[str, str]:
    """Give the acts that a group declares as ``acts``: names for the table of orders, and words."""
    acts: dict[str, str] = vars(group).get("acts", {})
    return acts
