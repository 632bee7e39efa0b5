"""The kinds of event tables that are known, told by their columns.

ACLED: columns of the exports since 2023 and of the older ones (upper case, ``data_id``,
``gwno``), after the ACLED codebook and public copies of exports. UCDP: the 49 columns of the
Georeferenced Event Dataset and of the monthly candidate files, some of which come without a
header, after the UCDP GED codebook; versions up to 5.0 call the counts ``best_est`` and so on.
GTD: the Global Terrorism Database. GDELT: event tables of versions 1 and 2, mostly without a
header, and ICEWS: both coded by CAMEO, after the codebooks. SIGACTS: the reports of significant
activities as they were published. A table of counts has one row for a time, a place and a number
of events.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.events.reading import dates

UCDP_COLUMNS = (
    "id", "relid", "year", "active_year", "code_status", "type_of_violence",
    "conflict_dset_id", "conflict_new_id", "conflict_name", "dyad_dset_id", "dyad_new_id",
    "dyad_name", "side_a_dset_id", "side_a_new_id", "side_a", "side_b_dset_id",
    "side_b_new_id", "side_b", "number_of_sources", "source_article", "source_office",
    "source_date", "source_headline", "source_original", "where_prec", "where_coordinates",
    "where_description", "adm_1", "adm_2", "latitude", "longitude", "geom_wkt", "priogrid_gid",
    "country", "country_id", "region", "event_clarity", "date_prec", "date_start", "date_end",
    "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low",
    "gwnoa", "gwnob",
)  # fmt: skip
_ACTOR = "Code Name CountryCode KnownGroupCode EthnicCode Religion1Code Religion2Code Type1Code"
_GEO = "Type FullName CountryCode ADM1Code"
_GEO_END = "Lat Long FeatureID"


def _gdelt_columns(second: bool) -> tuple[str, ...]:
    """Name the columns of GDELT's files, of version 2 or 1."""
    actors = [
        f"Actor{side}{name}" for side in (1, 2)
        for name in (*_ACTOR.split(), "Type2Code", "Type3Code")
    ]  # fmt: skip
    geo = [*_GEO.split(), *(["ADM2Code"] if second else []), *_GEO_END.split()]
    return (
        "GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate", *actors, "IsRootEvent",
        "EventCode", "EventBaseCode", "EventRootCode", "QuadClass", "GoldsteinScale",
        "NumMentions", "NumSources", "NumArticles", "AvgTone",
        *(f"{who}Geo_{name}" for who in ("Actor1", "Actor2", "Action") for name in geo),
        "DATEADDED", "SOURCEURL",
    )  # fmt: skip


GDELT_COLUMNS, GDELT_1_COLUMNS = _gdelt_columns(True), _gdelt_columns(False)


@dataclass(frozen=True)
class Layout:
    """One kind of event table, as ``name`` calls it.

    ``columns`` gives for each role the names that its column may have, as `normal` writes them, the
    preferred one first. Roles that are ``required`` must have a column; the columns of those in
    ``recognised_by`` tell this kind from others. ``killed`` are columns whose sum is the killed. A
    table is ``directed`` when its actor attacked the target, rather than both having been involved.

    ``drop`` and ``keep`` say which values of a role are no attack, or are one, and ``meanings``
    what codes of a role stand for. ``order`` is that of day and month where this kind always has
    the same. ``coarsest`` is the largest precision that is allowed, and ``week`` the largest that
    still tells the week. Days are those of ``daily`` tables whatever zone is written there. Counts
    may be ``shared`` among events that belong together, and so be fractions. The first ``root``
    digits of a code tell the type, all of them where it is 0.
    """

    key: str
    name: str
    columns: Mapping[str, Sequence[str]]
    required: tuple[str, ...]
    recognised_by: tuple[str, ...]
    directed: bool = False
    keep: Mapping[str, Sequence[str]] = field(default_factory=dict)
    drop: Mapping[str, Sequence[str]] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    killed: Sequence[str] = ()
    order: str = ""
    coarsest: int | None = None
    week: int = 1
    precision: str = ""
    daily: bool = False
    ascending: bool = True
    shared: bool = False
    root: int = 0


_ACLED_KINDS = {
    "1": "State forces", "2": "Rebel group", "3": "Political militia", "4": "Identity militia",
    "5": "Rioters", "6": "Protesters", "7": "Civilians", "8": "External/Other forces",
}  # fmt: skip
_ROOTS = {"18": "assault", "19": "fight", "20": "mass violence"}
ACLED = Layout(
    key="acled",
    name="ACLED",
    columns={
        "identity": ("event_id_cnty", "data_id"),
        "time": ("event_date",),
        "precision": ("time_precision",),
        "place": ("admin1",),
        "place_precision": ("geo_precision",),
        "type": ("event_type",),
        "sub_type": ("sub_event_type",),
        "actor": ("actor1",),
        "target": ("actor2",),
        "actor_kind": ("inter1",),
        "target_kind": ("inter2",),
        "killed_best": ("fatalities",),
    },
    required=("time", "place", "actor", "killed_best"),
    recognised_by=("time", "actor"),
    drop={
        "type": (
            "Protests",
            "Riots",
            "Riots/Protests",
            "Strategic developments",
            "Strategic development",
            "Headquarters or base established",
            "Non-violent transfer of territory",
            "Non-violent activity by a conflict actor",
        )
    },
    meanings={"actor_kind": _ACLED_KINDS, "target_kind": _ACLED_KINDS},
    order=dates.DMY,
    coarsest=3,
    week=2,
    precision="a whole number, 1 (day) to 3 (month)",
    daily=True,
)
UCDP = Layout(
    key="ucdp",
    name="UCDP GED",
    columns={
        "identity": ("id",),
        "time": ("date_start",),
        "end": ("date_end",),
        "precision": ("date_prec",),
        "place": ("adm_1",),
        "place_precision": ("where_prec",),
        "type": ("type_of_violence",),
        "actor": ("side_a",),
        "target": ("side_b",),
        "killed_low": ("low", "low_est"),
        "killed_best": ("best", "best_est"),
        "killed_high": ("high", "high_est"),
    },
    required=("time", "place", "actor", "target", "killed_best"),
    recognised_by=("time", "actor", "target"),
    meanings={"type": {"1": "state-based", "2": "non-state", "3": "one-sided"}},
    coarsest=5,
    week=3,
    precision="a whole number, 1 (day) to 5 (more than a month)",
    daily=True,
    ascending=False,
)
GTD = Layout(
    key="gtd",
    name="GTD",
    columns={
        "identity": ("eventid",),
        "year": ("iyear",),
        "month": ("imonth",),
        "day": ("iday",),
        "country": ("country_txt",),
        "place": ("provstate",),
        "place_precision": ("specificity",),
        "type": ("attacktype1_txt", "attacktype1"),
        "sub_type": ("weaptype1_txt", "weaptype1"),
        "actor": ("gname",),
        "target": ("targtype1_txt", "target1"),
        "killed_best": ("nkill",),
    },
    required=("year", "month", "day"),
    recognised_by=("year", "month", "day"),
    directed=True,
    daily=True,
    shared=True,
)
GDELT = Layout(
    key="gdelt",
    name="GDELT",
    columns={
        "identity": ("globaleventid",),
        "time": ("sqldate", "day"),
        "country": ("actiongeo_countrycode",),
        "place": ("actiongeo_adm1code", "actiongeo_fullname"),
        "place_precision": ("actiongeo_type",),
        "latitude": ("actiongeo_lat",),
        "longitude": ("actiongeo_long",),
        "type": ("eventrootcode",),
        "sub_type": ("eventcode",),
        "actor": ("actor1name", "actor1code"),
        "target": ("actor2name", "actor2code"),
        "actor_kind": ("actor1type1code",),
        "target_kind": ("actor2type1code",),
    },
    required=("time", "type"),
    recognised_by=("identity", "time", "type"),
    directed=True,
    keep={"type": tuple(_ROOTS)},
    meanings={"type": _ROOTS},
    daily=True,
)
ICEWS = Layout(
    key="icews",
    name="ICEWS",
    columns={
        "identity": ("event_id",),
        "time": ("event_date",),
        "country": ("country",),
        "place": ("province",),
        "type": ("cameo_code",),
        "sub_type": ("event_text",),
        "actor": ("source_name",),
        "target": ("target_name",),
        "actor_kind": ("source_sectors",),
        "target_kind": ("target_sectors",),
    },
    required=("time", "type"),
    recognised_by=("time", "actor", "type"),
    directed=True,
    keep={"type": tuple(_ROOTS)},
    meanings={"type": _ROOTS},
    daily=True,
    root=2,
)
SIGACTS = Layout(
    key="sigacts",
    name="SIGACTS",
    columns={
        "identity": ("reportkey",),
        "time": ("date", "datetime"),
        "place": ("region", "province"),
        "type": ("type",),
        "sub_type": ("category",),
        "target": ("attackon",),
        "actor_kind": ("affiliation",),
    },
    required=("time", "type"),
    recognised_by=("identity", "time", "type", "sub_type"),
    directed=True,
    keep={"type": ("Enemy Action", "Explosive Hazard", "Enemy")},
    killed=("friendlykia", "hostnationkia", "civiliankia", "enemykia"),
)
COUNTS = Layout(
    key="counts",
    name="table of counts",
    columns={
        "events": (
            "events", "event_count", "incidents", "attacks", "n_events", "num_events",
            "number_of_events", "number_of_incidents", "incident_count",
        ),
    },
    required=("events",),
    recognised_by=("events",),
    directed=True,
    drop=ACLED.drop,
    daily=True,
)  # fmt: skip
PLAIN = Layout(
    key="plain",
    name="plain table",
    columns={
        "identity": ("id", "event_id", "incident_id"),
        "time": (
            "time", "event_date", "date_of_event", "incident_date", "date_of_incident",
            "attack_date", "date_start", "start_date", "startdate", "date", "datetime", "date_time",
            "dates", "when", "week", "week_start", "month_start", "reference_period_start",
            "fecha", "datum", "data", "дата", "التاريخ", "تاريخ", "date_reported", "report_date",
            "timestamp", "month", "period",
        ),
        "clock": (
            "clock", "time_of_day", "event_time", "incident_time", "hour_minute", "time", "hour",
        ),
        "year": ("year", "iyear", "yr", "styr", "event_year"),
        "month": ("month", "imonth", "mo", "stmo", "stmonth", "event_month"),
        "day": ("day", "iday", "dy", "stday", "event_day"),
        "end": ("end", "date_end", "end_date", "enddate", "reference_period_end"),
        "precision": ("time_precision", "date_precision", "date_prec"),
        "place": (
            "place", "province", "governorate", "admin1", "adm1", "adm1_name", "admin1_name",
            "provstate", "adm_1", "state", "region", "department", "oblast", "district", "admin2",
            "adm2", "adm2_name", "admin2_name", "adm_2", "city", "town", "location", "country",
        ),
        "place_precision": ("geo_precision", "place_precision", "where_prec"),
        "country": ("country", "country_txt", "countryname", "country_name"),
        "latitude": ("latitude", "lat", "y"),
        "longitude": ("longitude", "lon", "long", "lng", "x"),
        "type": ("event_type", "type", "attack_type", "incident_type", "etype", "category"),
        "sub_type": ("sub_event_type", "sub_type", "subtype", "sub_category"),
        "actor": ("actor", "attacker", "perpetrator", "actor1", "side_a", "group", "gname"),
        "target": ("target", "victim", "actor2", "side_b", "target1", "attacked"),
        "actor_kind": ("actor_kind", "actor_type", "inter1"),
        "target_kind": ("target_kind", "target_type", "inter2"),
        "killed_low": ("killed_low", "low", "low_est", "deaths_low", "fatalities_low"),
        "killed_best": (
            "killed_best", "killed", "best", "best_est", "deaths", "fatalities", "dead", "nkill",
            "kia", "number_killed", "total_killed", "ndeath", "muertos", "morts", "death_toll",
        ),
        "killed_high": ("killed_high", "high", "high_est", "deaths_high", "fatalities_high"),
    },
    required=("time",),
    recognised_by=("time",),
    directed=True,
    week=2,
)  # fmt: skip
LAYOUTS = (ACLED, UCDP, GTD, GDELT, ICEWS, SIGACTS, COUNTS, PLAIN)
PARTS = ("year", "month", "day")
_EIGHT = re.compile(r"(19|20)\d{6}")


def normal(name: str) -> str:
    """Write the name of a column in small letters and without accents, words joined by ``_``."""
    text = unicodedata.normalize("NFKD", name.strip().lstrip("\ufeff").casefold())
    plain = "".join(letter for letter in text if not unicodedata.combining(letter))
    return re.sub(r"\W+", "_", plain).strip("_")


def names_of(layout: Layout, role: str) -> tuple[str, ...]:
    """Give the usual names of a role's column in a kind of table, its own first."""
    own = tuple(layout.columns.get(role, ()))
    loose = layout in (COUNTS, PLAIN) or role in _LOOSE
    return own + tuple(name for name in PLAIN.columns.get(role, ()) if loose and name not in own)


_LOOSE = ("latitude", "longitude", "country")


def recognise(header: Iterable[str]) -> Layout | None:
    """Tell the kind of table from its header."""
    names = {normal(name) for name in header}
    for layout in LAYOUTS[:-2]:
        if all(names.intersection(layout.columns[role]) for role in layout.recognised_by):
            return layout
    timed = names.intersection(PLAIN.columns["time"]) or has_parts(names)
    if not timed:
        return None
    return COUNTS if names.intersection(COUNTS.columns["events"]) else PLAIN


def has_parts(names: Iterable[str]) -> bool:
    """Tell whether there are columns for year and month, with or without a day."""
    known = {normal(name) for name in names}
    return all(known.intersection(PLAIN.columns[role]) for role in ("year", "month"))


def headless(cells: Sequence[str]) -> tuple[str, ...]:
    """Name the columns of a table whose first row is an event rather than a header."""
    if len(cells) == len(UCDP_COLUMNS):
        row = dict(zip(UCDP_COLUMNS, cells, strict=True))
        dated = row["date_start"][:4].isdigit()
        if row["id"].isdigit() and row["type_of_violence"] in {"1", "2", "3"} and dated:
            return UCDP_COLUMNS
    for columns in (GDELT_COLUMNS, GDELT_1_COLUMNS):
        if len(cells) == len(columns) and cells[0].isdigit() and _EIGHT.fullmatch(cells[1]):
            return columns
    return ()
