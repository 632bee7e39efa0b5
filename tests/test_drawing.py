"""Sheets drawn in one pass look as Matplotlib itself draws them."""

from __future__ import annotations

import base64
import io
import re
import threading

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from PIL import Image

from analysis import drawing, sheet, style

DPI = 120.0
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_NAMED = re.compile(r"(?<=[#\"])[a-zA-Z]+[0-9a-f]{10}(?=[\")])|C\d+_\d+_[0-9a-f]+")


def _sheet() -> Figure:
    figure = sheet.make("Title", ["A note."], 2.4, [(0, "base"), (1, "more")])
    left, middle, right = figure.subplots(1, 3)
    left.plot([0, 1, 2], [3, 1, 2], marker="o", linestyle=(0, (4, 1)))
    left.fill_between([0, 1, 2], [1, 0, 1], [3, 2, 3], alpha=0.3)
    left.set_ylabel("killed\n(persons)")
    middle.scatter([1, 2, 3], [1, 4, 2], s=[5, 20, 60], c=["r", "g", "b"], marker="s")
    middle.bar([1, 2], [3, 2], hatch="////", edgecolor="white")
    middle.text(2, 4.2, "half outside", clip_on=True, rotation=30)
    line = right.plot([0, 4], [0, 4])[0]
    right.add_patch(circle := Circle((2, 2), 1, alpha=0.5))
    line.set_clip_path(circle)
    return figure


@pytest.mark.parametrize("dpi", [DPI, 77.0])
def test_a_bitmap_is_what_matplotlib_draws(dpi: float) -> None:
    with style.context():
        figure = _sheet()
        ours = drawing.bitmap(figure, dpi)
        raw = io.BytesIO()
        figure.savefig(raw, dpi=dpi)
    assert np.array_equal(np.asarray(ours), np.asarray(Image.open(raw).convert("RGB")))


def test_an_svg_is_what_matplotlib_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(style.RC, "savefig.dpi", DPI)
    with style.context():
        figure = _sheet()
        ours = drawing.render(figure, ("png", "svg"))["svg"].decode()
        raw = io.StringIO()
        figure.savefig(raw, format="svg", metadata={"Date": None})
    one, other = (_NAMED.sub("name", text) for text in (ours, raw.getvalue()))
    assert _NUMBER.sub("0", one) == _NUMBER.sub("0", other)
    numbers = [np.array(_NUMBER.findall(text), float) for text in (one, other)]
    assert np.abs(numbers[0] - numbers[1]).max() < 0.05


def test_an_svg_is_the_same_with_and_without_a_bitmap() -> None:
    with style.context():
        alone = drawing.render(_sheet(), ("svg",))
        both = drawing.render(_sheet(), ("png", "svg"))
    assert list(alone) == ["svg"]
    assert alone["svg"] == both["svg"]


def test_a_mesh_is_one_picture_in_an_svg_with_the_colours_of_the_bitmap() -> None:
    with style.context():
        figure = sheet.make("Title", [], 1.0)
        ax = figure.subplots()
        ax.pcolormesh(np.arange(9.0).reshape(1, 9))
        made = drawing.render(figure, ("png", "svg"))
    svg = made["svg"].decode()
    (inside,) = re.findall(r'xlink:href="data:image/png;base64,\s*([^"]+)"', svg)
    mesh, page = (_colours(data) for data in (base64.b64decode(inside), made["png"]))
    assert len(mesh) >= 9
    assert mesh <= page


def _colours(png: bytes) -> set[tuple[int, ...]]:
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)
    return set(map(tuple, np.unique(pixels, axis=0).tolist()))


def test_what_a_user_has_set_for_figures_does_not_count() -> None:
    def drawn() -> bytes:
        with style.context():
            figure, ax = plt.subplots()
            ax.set_title("A title")
            content = drawing.render(figure, ["png"])["png"]
            plt.close(figure)
        return content

    plain = drawn()
    with mpl.rc_context({"text.usetex": True, "font.size": 30, "lines.linewidth": 9}):
        assert drawn() == plain


def test_one_thread_draws_at_a_time() -> None:
    sizes: list[float] = []

    def draw() -> None:
        with style.context():
            sizes.append(mpl.rcParams["font.size"])

    other = threading.Thread(target=draw)
    with style.context():
        mpl.rcParams["font.size"] = 50
        other.start()
        other.join(0.2)
        assert sizes == []
    other.join(10)
    assert sizes == [style.TEXT_SIZE]
