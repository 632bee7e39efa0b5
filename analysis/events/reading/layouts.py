"""The kinds of event tables that are known, told by their columns.

ACLED: columns of the exports since 2023 and of the older ones (upper case, ``data_id``,
``gwno``), after the ACLED codebook and public copies of exports. UCDP: the 49 columns of the
Georeferenced Event Dataset and of the monthly candidate files, some of which come without a
header, after the UCDP GED codebook; versions up to 5.0 call the counts ``best_est`` and so on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.events.reading.rows import AcledRow, Row, UcdpRow

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


@dataclass(frozen=True)
class Layout:
    """One kind of event table, as ``name`` calls it.

    ``columns`` gives for each role (a field of `Row`) the names that its column may have, in lower
    case, the preferred one first. Roles that are ``required`` must have a column; the columns of
    those in ``recognised_by`` tell this kind from others. ``model`` checks each row. A table is
    ``directed`` when its actor attacked the target, rather than both having been involved.
    """

    name: str
    columns: Mapping[str, Sequence[str]]
    required: tuple[str, ...]
    recognised_by: tuple[str, ...]
    model: type[Row]
    directed: bool


ACLED = Layout(
    name="ACLED",
    columns={
        "identity": ("event_id_cnty", "data_id"),
        "time": ("event_date",),
        "precision": ("time_precision",),
        "place": ("admin1",),
        "actor": ("actor1",),
        "target": ("actor2",),
        "killed_best": ("fatalities",),
    },
    required=("time", "place", "actor", "killed_best"),
    recognised_by=("time", "actor"),
    model=AcledRow,
    directed=False,
)
UCDP = Layout(
    name="UCDP GED",
    columns={
        "identity": ("id",),
        "time": ("date_start",),
        "precision": ("date_prec",),
        "place": ("adm_1",),
        "actor": ("side_a",),
        "target": ("side_b",),
        "killed_low": ("low", "low_est"),
        "killed_best": ("best", "best_est"),
        "killed_high": ("high", "high_est"),
    },
    required=("time", "place", "actor", "target", "killed_best"),
    recognised_by=("time", "actor", "target"),
    model=UcdpRow,
    directed=False,
)
PLAIN = Layout(
    name="plain table",
    columns={
        "identity": ("id", "event_id"),
        "time": ("time", "date", "datetime", "timestamp", "event_date"),
        "place": ("place", "province", "governorate", "admin1", "city", "location"),
        "actor": ("actor", "attacker", "perpetrator", "actor1"),
        "target": ("target", "victim", "actor2"),
        "killed_low": ("killed_low", "low"),
        "killed_best": ("killed_best", "killed", "best", "deaths", "fatalities"),
        "killed_high": ("killed_high", "high"),
    },
    required=("time",),
    recognised_by=("time",),
    model=Row,
    directed=True,
)
LAYOUTS = (ACLED, UCDP, PLAIN)
ROLES = tuple(Row.model_fields)
_COUNTED = {"events", "event_count"}


def recognise(header: Sequence[str]) -> Layout | None:
    """Tell the kind of table from its header."""
    names = {name.strip().lower() for name in header}
    for layout in LAYOUTS:
        if all(names.intersection(layout.columns[role]) for role in layout.recognised_by):
            return layout
    return None


def counted(header: Sequence[str]) -> str:
    """Find the column that tells that a row counts events rather than being one."""
    return next((name for name in header if name.strip().lower() in _COUNTED), "")


def is_headless_ucdp(cells: Sequence[str]) -> bool:
    """Tell whether the first row of a table is an event of UCDP rather than a header."""
    if len(cells) != len(UCDP_COLUMNS):
        return False
    row = dict(zip(UCDP_COLUMNS, cells, strict=True))
    types = {"1", "2", "3"}
    return (
        row["id"].isdigit() and row["type_of_violence"] in types and row["date_start"][:4].isdigit()
    )
