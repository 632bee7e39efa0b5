"""What is said, and what still works, where the extra `events` is not installed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from reprisal.app import app
from sim.extras import EXTRAS

ROOT = Path(__file__).parents[1]
LIBRARIES = EXTRAS["events"]
PLACES = ("city", "harbour")
POSTERIOR = """\
extends: ../small.yaml
design:
  method: listed
  values:
    engagement.background_rate: [0.02/d, 0.03/d]
"""
BEFORE_RUNS = "--range engagement.background_rate=0.01/d..1/d --draws 300 --out here"


@pytest.fixture(autouse=True)
def without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] in LIBRARIES:
            monkeypatch.delitem(sys.modules, name)
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, None)
    shipped = (ROOT / "scenarios" / "two-groups.yaml").read_text(encoding="utf-8")
    (tmp_path / "small.yaml").write_text(re.sub(r" \([^() ]+ to [^() ]+\)", "", shipped))
    (tmp_path / "posteriors").mkdir()
    (tmp_path / "posteriors" / "small.yaml").write_text(POSTERIOR)
    rows = [f"2024-{1 + day // 28:02}-{1 + day % 28:02},{PLACES[day % 2]}" for day in range(140)]
    (tmp_path / "events.csv").write_text("\n".join(["time,place", *rows]))
    monkeypatch.chdir(tmp_path)


def reprisal(line: str) -> Result:
    return CliRunner().invoke(app, line.split(), prog_name="reprisal")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (f"calibrate small.yaml --data events.csv {BEFORE_RUNS}", "calibrate"),
        (f"calibrate small.yaml --targets targets.yaml {BEFORE_RUNS}", "calibrate"),
        (f"calibrate small.yaml --check 20 {BEFORE_RUNS}", "calibrate"),
        ("forecast none.csv --scenario small.yaml --model results/x", "forecast --model"),
    ],
)
def test_what_needs_the_extra_ends_in_a_line_that_names_it(line: str, what: str) -> None:
    done = reprisal(line)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == (
        f"{what} needs the extra 'events' (not installed: scikit-learn, threadpoolctl):"
        " in a clone, pip install '.[events]'"
    )
    assert "Traceback" not in done.stderr
    assert not Path("here").exists()
    assert not Path("results").exists()


@pytest.mark.parametrize(
    "line",
    [
        "describe events.csv",
        "forecast events.csv --windows 2 --window 14d",
        "run small.yaml --uncertain --replicates 2 --out here --workers 1",
    ],
)
def test_what_needs_no_library_of_the_extra_does_without(line: str) -> None:
    done = reprisal(line)
    assert done.exit_code == 0, done.stderr
