"""Pictures: every kind of figure still looks as it did when a person last looked at it.

When one is to look different: ``python -m tests.images NAME``, and look at the file it names.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from matplotlib.testing.compare import compare_images

from tests.images import BASELINE, TOLERANCE, other_versions, write
from tests.images.figures import FIGURES

here_only = pytest.mark.skipif(bool(other_versions()), reason=f"pictures {other_versions()}")
NEEDS = {"discovery": "ema_workbench"}


@here_only
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_looks_as_before(name: str, tmp_path: Path) -> None:
    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"needs {NEEDS[name]}")
    now = tmp_path / f"{name}.png"
    write(FIGURES[name](), now)
    difference = compare_images(str(BASELINE / f"{name}.png"), str(now), TOLERANCE)
    assert difference is None, difference


@here_only
def test_a_missing_line_is_noticed(tmp_path: Path) -> None:
    figure = FIGURES["precision"]()
    figure.axes[0].lines[0].remove()
    write(figure, tmp_path / "now.png")
    assert compare_images(str(BASELINE / "precision.png"), str(tmp_path / "now.png"), TOLERANCE)


def test_every_picture_is_of_a_figure_and_small() -> None:
    files = list(BASELINE.glob("*.png"))
    assert {path.stem for path in files} == set(FIGURES)
    assert sum(path.stat().st_size for path in files) < 1_500_000
