"""The tutorial notebook runs from its first cell to its last, and was executed as it stands."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"


def cells() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return made


def code() -> list[dict[str, Any]]:
    return [cell for cell in cells() if cell["cell_type"] == "code"]


def test_it_was_executed_in_order_and_shows_what_came_out() -> None:
    assert len(cells()) == 20
    assert [cell["execution_count"] for cell in code()] == list(range(1, len(code()) + 1))
    outputs = [output for cell in code() for output in cell["outputs"]]
    assert "error" not in {output["output_type"] for output in outputs}
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    assert not re.search(r"/(tmp|home|root|work)/", NOTEBOOK.read_text(encoding="utf-8"))


def test_its_links_lead_somewhere() -> None:
    text = "".join("".join(cell["source"]) for cell in cells() if cell["cell_type"] == "markdown")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


@pytest.mark.slow
def test_every_cell_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path / "docs")
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.switch_backend("agg")
    names: dict[str, Any] = {"__name__": "tutorial"}
    for cell in code():
        text = re.sub(r"replicates=\d+", "replicates=8", "".join(cell["source"]))
        exec(compile(text, str(NOTEBOOK), "exec"), names)
    plt.close("all")
    assert len(names["frames"].runs) == 16
    assert set(names["made"].effects["outcome"]) == {"killed", "hours_to_calm"}
