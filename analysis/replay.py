"""One run as a moving picture for slides: an animated GIF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle
from PIL import Image

from analysis import fonts, outlinemap, style, wording
from sim.scenario import Loaded
from sim.store.files import writing

FRAMES = 140  # at most
MILLISECONDS, LAST = 110, 2500  # a frame is shown, and the last one
COLOURS = 96
SIZE, DPI = (8.0, 6.0), 100
RECENT = 6.0  # hours for which an engagement is shown
BULK, MARGIN = 0.95, 12.0  # share of the dead, and hours that are shown after them
_GROUND, _HOT, _EDGE = "#eef1ee", "#fde7c4", "#aeb8bf"
_LETTERS = {"mobilised": "M", "standing down": "S"}


def write_replay(loaded: Loaded, run: Mapping[str, Any], file: Path) -> Path:
    """Draw a run as an animated GIF.

    Parameters
    ----------
    loaded : Loaded
        The scenario; where it has no map, provinces are tiles.
    run : mapping
        The run, as `sim.batch.play` gives it.
    file : Path
        Where to write.

    Returns
    -------
    Path
        The file.
    """
    with style.context(), fonts.quietly():
        stage = _Stage(loaded, run)
        pictures = [stage.frame(tick) for tick in _ticks(run)]
    # One palette for all: rare colours, such as those of the groups, would be lost in most frames.
    palette = pictures[0].quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    first, *rest = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in pictures]
    durations = [MILLISECONDS] * len(rest) + [LAST]
    moving = {"save_all": True, "append_images": rest, "duration": durations, "loop": 0}
    with writing(file) as stream:
        first.save(stream, format="GIF", optimize=False, **moving)
    return file


def _ticks(run: Mapping[str, Any]) -> list[int]:
    """Choose the ticks that are shown: up to shortly after all but few of the dead."""
    deaths = [each["tick"] for each in run["engagements"] for _ in range(each["killed"])]
    last = (sorted(deaths)[int(BULK * (len(deaths) - 1))] if deaths else 0) + MARGIN / run["tick"]
    end = int(min(max(last, 24 / run["tick"]), run["ticks"] - 1))
    step = max(1, -(-end // FRAMES))
    return [*range(0, end, step), end]


class _Stage:
    """The map, on which one frame after the other is drawn."""

    def __init__(self, loaded: Loaded, run: Mapping[str, Any]) -> None:
        self._loaded, self._run = loaded, run
        self._start = datetime.fromisoformat(run["start"])
        groups = loaded.scenario.groups
        self._looks = {key: style.look(place) for place, key in enumerate(groups)}
        self._by_id = {each["id"]: each for each in run["engagements"]}
        self._figure = Figure(figsize=SIZE, dpi=DPI)
        self._canvas = FigureCanvasAgg(self._figure)
        title = style.wrap(loaded.scenario.title, 66, lines=1)
        self._figure.text(0.02, 0.965, title, va="top", weight="bold", size=13)
        self._clock = self._figure.text(0.02, 0.915, "", va="top", size=15, color="#12303f")
        self._dead = self._figure.text(0.98, 0.915, "", va="top", ha="right", size=15)
        self._ax: Axes = self._figure.add_axes((0.02, 0.09, 0.96, 0.77))
        self._places = self._ground()
        self._legend()
        fonts.settle(self._figure)

    def _ground(self) -> dict[str, tuple[float, float]]:
        outlines = self._loaded.outlines
        if outlines is None:
            return self._tiles()
        shapes = outlines.projected()
        outlinemap.frame(self._ax, shapes)
        self._patches = {key: outlinemap.patch(rings) for key, rings in shapes.items()}
        self._add_patches()
        return {key: outlinemap.centre(rings) for key, rings in shapes.items()}

    def _tiles(self) -> dict[str, tuple[float, float]]:
        tiles = {key: province.tile for key, province in self._loaded.scenario.provinces.items()}
        self._patches = {
            key: Rectangle((column - 0.47, row - 0.47), 0.94, 0.94)
            for key, (row, column) in tiles.items()
        }
        self._add_patches()
        rows, columns = zip(*tiles.values(), strict=True)
        self._ax.set_xlim(min(columns) - 0.6, max(columns) + 0.6)
        self._ax.set_ylim(max(rows) + 0.6, min(rows) - 0.6)
        self._ax.set_aspect(0.62)
        self._ax.set_axis_off()
        for key, (row, column) in tiles.items():
            label = self._loaded.scenario.provinces[key].label
            self._ax.text(column, row - 0.36, label, ha="center", va="center", size=8, color="0.3")
        return {key: (column, row) for key, (row, column) in tiles.items()}

    def _add_patches(self) -> None:
        for each in self._patches.values():
            each.set(facecolor=_GROUND, edgecolor=_EDGE, linewidth=0.7)
            self._ax.add_patch(each)

    def _legend(self) -> None:
        handles = [
            Line2D([], [], marker="o", linestyle="", color=look.colour, markersize=7,
                   label=self._loaded.scenario.groups[key].label)
            for key, look in self._looks.items()
        ]  # fmt: skip
        self._figure.legend(
            handles=handles, loc="lower left", ncols=min(5, len(handles)), fontsize=9,
            bbox_to_anchor=(0.01, 0.005), handletextpad=0.2, columnspacing=1.2,
        )  # fmt: skip
        seen = {each["stance"] for each in self._run["stances"]}
        letters = [f"{letter}: {stance}" for stance, letter in _LETTERS.items() if stance in seen]
        self._figure.text(
            0.5, 0.9, "    ".join(letters), ha="center", va="top", size=9, color="0.3"
        )

    def frame(self, tick: int) -> Image.Image:
        """Draw one tick."""
        hours = tick * self._run["tick"]
        past = [each for each in self._run["engagements"] if each["tick"] <= tick]
        recent = [each for each in past if (tick - each["tick"]) * self._run["tick"] < RECENT]
        moment = self._start + timedelta(hours=hours)
        self._clock.set_text(f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M}")
        dead = sum(each["killed"] for each in past)
        self._dead.set_text(f"{wording.count(dead)} killed")
        hot = {each["province"] for each in recent}
        for key, each in self._patches.items():
            each.set_facecolor(_HOT if key in hot else _GROUND)
        drawn = [*self._words(past, tick), *self._happening(recent, hours)]
        self._canvas.draw()
        for artist in drawn:
            artist.remove()
        pixels = np.asarray(self._canvas.buffer_rgba())[..., :3]
        return Image.fromarray(np.ascontiguousarray(pixels))

    def _words(self, past: Sequence[Mapping[str, Any]], tick: int) -> Iterator[Any]:
        """Write deaths so far, and who is mobilised or stands down."""
        totals: dict[str, int] = {}
        for each in past:
            totals[each["province"]] = totals.get(each["province"], 0) + each["killed"]
        stances: dict[tuple[str, str], str] = {}
        for each in self._run["stances"]:
            if each["tick"] <= tick:
                stances[each["province"], each["group"]] = each["stance"]
        for key, (x, y) in self._places.items():
            if totals.get(key):
                yield self._ax.annotate(
                    wording.count(totals[key]), (x, y), ha="center", va="center", size=12,
                    weight="bold", zorder=6, bbox={"boxstyle": "round,pad=0.12", "fc": "white",
                                                   "ec": "none", "alpha": 0.75},
                )  # fmt: skip
            shown = [
                (group, _LETTERS[stance])
                for (province, group), stance in stances.items()
                if province == key and stance in _LETTERS
            ]
            for place, (group, letter) in enumerate(shown):
                yield self._ax.annotate(
                    letter, (x, y), xytext=(13 * (place - (len(shown) - 1) / 2), -15),
                    textcoords="offset points", ha="center", va="center", size=6.5, color="white",
                    weight="bold", zorder=5,
                    bbox={"boxstyle": "circle,pad=0.22", "fc": self._looks[group].colour,
                          "ec": "w"},
                )  # fmt: skip

    def _happening(self, recent: Sequence[Mapping[str, Any]], hours: float) -> Iterator[Any]:
        """Draw a ring for each engagement, and an arc to what it answers elsewhere."""
        for each in recent:
            place = self._places[each["province"]]
            age = (hours - each["tick"] * self._run["tick"]) / RECENT
            yield self._ax.plot(
                *place, marker="o", markersize=16 + 26 * age, markerfacecolor="none",
                markeredgecolor=self._looks[each["attacker"]].colour, markeredgewidth=2.2,
                alpha=1 - age, zorder=4,
            )[0]  # fmt: skip
            cause = self._by_id.get(each["parent"])
            if cause is not None and cause["province"] != each["province"]:
                arrow = FancyArrowPatch(
                    self._places[cause["province"]], place, arrowstyle="-|>", color="#8a1c1c",
                    connectionstyle="arc3,rad=0.25", mutation_scale=14, linewidth=1.4, zorder=3,
                )  # fmt: skip
                yield self._ax.add_patch(arrow)
