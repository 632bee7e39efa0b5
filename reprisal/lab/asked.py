"""What the page may ask for; nothing else is taken."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reprisal.lab import AskedError

MAX_TEXT = 1_100_000
MOST_RUNS = 400
AS_WRITTEN = "as written"


class Asked(BaseModel):
    """One question, with a default for what it does not name."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    scenario: str = Field(max_length=200)
    text: str = Field("", max_length=MAX_TEXT)
    values: dict[str, Annotated[float, Field(ge=-1e12, le=1e12)]] = Field({}, max_length=500)
    reference: str = Field(AS_WRITTEN, max_length=200)
    runs: int = Field(200, ge=2, le=MOST_RUNS)
    whole_from: int = Field(100, ge=2)
    seed: int = Field(1, ge=0, lt=2**32 - 1)
    replicate: int = Field(-1, ge=-1, lt=2**31)
    name: str = Field("", max_length=200)
    format: str = Field("png", pattern="^(png|svg|pdf)$")


def read(body: bytes) -> dict[str, Any]:
    """Read a question; AskedError where it is none."""
    try:
        return Asked.model_validate_json(body).model_dump()
    except ValidationError as error:
        raise AskedError(str(error)) from None
