"""What the page may ask for; nothing else is taken."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_BODY = 1_100_000  # a little more than the largest scenario file
MOST_RUNS = 400
AS_WRITTEN = "as written"


class AskedError(Exception):
    """What was asked for makes no sense; the text says why."""


class Asked(BaseModel):
    """One question, with a default for what it does not name."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    scenario: str = Field(max_length=200)
    text: str = Field("", max_length=MAX_BODY)
    values: dict[str, Annotated[float, Field(ge=-1e12, le=1e12)]] = Field({}, max_length=500)
    reference: str = Field(AS_WRITTEN, max_length=200)
    runs: int = Field(200, ge=2, le=MOST_RUNS)
    whole_from: int = Field(100, ge=2)
    seed: int = Field(1, ge=0, lt=2**32 - 1)
    replicate: int = Field(-1, ge=-1, lt=2**31)
    name: str = Field("", max_length=200)
    format: str = Field("png", pattern="^(png|svg|pdf)$")
