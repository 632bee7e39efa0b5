"""The data dictionary: what a results folder holds, and the meaning of every column."""

from __future__ import annotations

import csv
import io

from sim.records import TABLES, Column

TYPES = {"label": "text (dictionary)", "time": "timestamp, seconds, UTC"}
CONTENTS = {
    "runs": "One row per run with its outcomes.",
    "ticks": "One row per tick of each run.",
    "engagements": "One row per engagement.",
    "orders": "One row per order given or calendar event that took place.",
    "reports": "One row per engagement that was reported, as reporters saw it.",
}
_INTRODUCTION = """\
# Results

`reprisal run` puts each batch into its own folder here. A folder is complete in itself:

| file | what it holds |
| --- | --- |
| `manifest.json` | what was asked for |
| `sessions/*.json` | every call that ran, a file each: versions, commit, times, what it finished |
| `sessions/*.sha256` | the SHA-256 of each of them |
| `scenarios/<scenario>.yaml` | the complete settings that ran; a scenario file like any other |
| `scenarios/<scenario>.geojson` | the map that it names, for figures |
| `designs/<scenario>.csv` | the points of a scenario that has a design |
| `columns.csv` | the columns below, for programs |
| `<table>/<scenario>/<first>-<last>.parquet` | the tables, one file per block of replicates |
| `checksums/<scenario>/<first>-<last>.sha256` | SHA-256 of the files of a block |
| `model.py` | the file of a user's own model, where one ran |
| `failures*.jsonl` | runs that failed: traceback and the command that repeats each one |

Blocks hold 5 replicates below 100, 25 below 1,000, 250 below 10,000 and 1,000 above. A block
counts once its checksums are written; inside a results folder `sha256sum -c checksums/*/*` compares
all files with them. Each of them names its scenario, its replicates and its batch.

The same command again runs exactly what is missing or has failed. A table, scenario, map or
manifest that is deleted is made again, with the same bytes; a session is not. `reprisal verify`
checks every file of the list, and tells which runs are gone that a session had finished; files of
your own at the top of the folder are left alone.
`running*.json` exist while batches are at work. No link inside a results folder is followed.

A folder that was made with `--no-ticks` holds no table of ticks. `analysis` counts engagements,
killed and wounded by tick from the engagements then, and says so where more is asked for.

From Python, `frames = analysis.load("results/<name>")` gives pandas frames and
`sim.store.open("results/<name>").read("runs")` an Arrow table. Both pass over blocks without
checksums, whose writing was interrupted, as should a program that opens the files itself.
Missing numbers are null.
"""


def columns_csv() -> str:
    """Write the data dictionary as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["table", "column", "type", "unit", "meaning"])
    for table, columns in TABLES.items():
        for column in columns:
            row = [table, column.name, _type(column), column.unit, column.meaning]
            writer.writerow(row)
    return text.getvalue()


def readme() -> str:
    """Write the page that explains results folders."""
    parts = [_INTRODUCTION]
    for table, columns in TABLES.items():
        parts.append(f"\n## {table}\n\n{CONTENTS[table]}\n\n")
        parts.append("| column | type | unit | meaning |\n| --- | --- | --- | --- |\n")
        parts.extend(f"| `{c.name}` | {_type(c)} | {c.unit} | {c.meaning} |\n" for c in columns)
    return "".join(parts)


def _type(column: Column) -> str:
    return TYPES.get(column.kind, column.kind)
