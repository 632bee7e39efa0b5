"""Time and place: the clock and the provinces."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sim.parameters.declare import Group, Level, TileIndex, param, uncertainty
from sim.parameters.mechanism import Mechanism, Switch
from sim.rules import deployment, spread
from sim.units import Duration, LocalTime


class Clock(Group):
    """When the run starts, how long it lasts and how fine it is."""

    start: LocalTime = param(..., "Local date and time of tick 0.")
    timezone: str = param(..., "IANA time zone of every local time in the file.")
    length: Duration = param("45d", "How long a run lasts.", gt=0, le=87_600)
    tick: Duration = param(
        "1h",
        "Length of one tick; at most one engagement per dyad and province starts in it.",
        source="assumption: shorter than a battle",
        ge=1 / 60,
        le=24,
    )

    @property
    def start_utc(self) -> datetime:
        """Start of tick 0, aware."""
        return self.start.replace(tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)

    @property
    def n_ticks(self) -> int:
        """Ticks of a run."""
        return round(self.length / self.tick)


AUTHORITY = Mechanism(
    number=16,
    title="State authority",
    words="where the state's authority is frayed",
    model="A province's authority, 0 to 1, scales what presence deters and shields from the"
    " national shock.",
    rules=(deployment.deterrence, spread.shock),
    key=("provinces.*.authority",),
    switches=(Switch("provinces.*.authority", 1.0),),
    scenarios=("frayed-authority-everywhere",),
)


HOURS = Mechanism(
    number=22,
    title="Hour of day",
    words="the violence that erupted overnight",
    model="A province's hour profile, scaled to mean 1, multiplies every hazard there.",
    rules=("sim.tables.hour_factors", "sim.tables.local_hours"),
    key=("hour_profiles.*",),
    switches=(Switch("provinces.*.hour_profile", "flat"),),
    scenarios=("iraq-2022", "tripoli-2022"),
    more=("provinces.*.hour_profile",),
)


class Province(Group):
    """A first-level area with explicit neighbours, drawn as one tile."""

    label: str = param(..., "Name shown in figures.", min_length=1, max_length=60)
    tile: list[TileIndex] = param(
        ..., "Row and column on the tile grid.", min_length=2, max_length=2
    )
    population: int = param(..., "Residents.", unit="persons", ge=1, le=2_000_000_000)
    region: str = param(..., "Region, for grouping.", min_length=1)
    authority: Level = uncertainty(
        1.0, "State authority: how far presence of the security force deters (0 frayed, 1 full)."
    )
    hour_profile: str = param("flat", "Name of an entry of hour_profiles, or 'flat'.")
    capital: bool = param(False, "Whether this is the capital; one province at most.")
    presence: float = uncertainty(
        0.0, "Security force always present.", unit="persons per 1,000 residents", ge=0, le=200
    )
    neighbours: list[str] = param(list, "Provinces that share a border; one direction suffices.")
