"""Draw a sheet once, as a bitmap and as SVG.

Laying a sheet out and going through its marks takes longer than writing them. So there is one
layout and one pass for both formats: marks are measured and drawn in pixels, and each is handed on
to the SVG in points.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from functools import cache, lru_cache
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.backend_bases import FigureCanvasBase, GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, TransformedPath
from PIL import Image

from analysis import fonts

POINTS = 72.0
COMPRESSION = 3  # at higher levels files are hardly smaller, and take twice as long
NO_DATE: dict[str, dict[str, None]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@fonts.quietly()
def render(figure: Figure, formats: Collection[str]) -> dict[str, bytes]:
    """Draw a sheet and give the content of its files, by format: png, svg, pdf, txt."""
    pen = _draw(figure, mpl.rcParams["savefig.dpi"], formats)
    made = {}
    if "png" in formats:
        made["png"] = pen.png()
    if "svg" in formats:
        made["svg"] = pen.svg()
    if "pdf" in formats:
        raw = io.BytesIO()
        figure.savefig(raw, format="pdf", metadata=NO_DATE["pdf"])
        made["pdf"] = raw.getvalue()
    if "txt" in formats:
        made["txt"] = f"{figure.get_label()}\n".encode()
    return made


@fonts.quietly()
def bitmap(figure: Figure, dpi: float) -> Image.Image:
    """Draw a sheet as an image on white."""
    return _draw(figure, dpi, ["png"]).image()


def _draw(figure: Figure, dpi: float, formats: Collection[str]) -> _Pen:
    figure.dpi = dpi
    pen = _Pen(figure, formats)
    _Canvas(figure, pen)
    _settle(figure, pen)
    if set(formats) & {"png", "svg"}:
        figure.draw(pen)
    return pen


def _settle(figure: Figure, pen: _Pen) -> None:
    """Lay a sheet out once and for all; again where a text needs another font.

    The layout is found by a solver whose last bits differ from call to call; places are
    rounded, so that the same sheet gives the same bytes.
    """
    layout = figure.get_layout_engine()
    if layout is None:
        return
    layout.execute(figure)
    legends = (text for legend in figure.legends for text in legend.get_texts())
    if pen.lacks or any(fonts.lacking(text.get_text()) for text in (*figure.texts, *legends)):
        fonts.settle(figure)
        layout.execute(figure)
    figure.set_layout_engine("none")
    for ax in figure.axes:
        for which in ("original", "active"):
            box = ax.get_position(original=which == "original")
            ax.set_position(Bbox(box.get_points().round(6)), which=which)


@cache
def _ruler(dpi: float) -> RendererAgg:
    return RendererAgg(1, 1, dpi)


@lru_cache(8192)
def _measure(dpi: float, text: str, font: FontProperties, ismath: Any) -> tuple[float, ...]:
    """Measure a text; the same labels come again on many sheets."""
    return tuple(_ruler(dpi).get_text_width_height_descent(text, font, ismath))


class _Canvas(FigureCanvasBase):
    """Lets a layout measure with the pen that draws."""

    def __init__(self, figure: Figure, pen: _Pen) -> None:
        super().__init__(figure)
        self._pen = pen

    def get_renderer(self) -> _Pen:
        return self._pen


class _Pen(RendererBase):
    """Draws what Matplotlib asks for in pixels, and the same in points."""

    def __init__(self, figure: Figure, formats: Collection[str]) -> None:
        super().__init__()
        width, height = figure.get_size_inches()
        self.dpi = figure.dpi
        self.width, self.height = int(width * self.dpi + 1e-8), int(height * self.dpi + 1e-8)
        self._text = io.StringIO()
        points = RendererSVG(
            width * POINTS, height * POINTS, self._text, image_dpi=self.dpi,
            metadata=NO_DATE["svg"],
        )  # fmt: skip
        self._pixels = RendererAgg(self.width, self.height, self.dpi)
        self._points = points if "svg" in formats else None
        self._scale = POINTS / self.dpi
        self._shrink = Affine2D().scale(self._scale)
        self.lacks = False  # whether a text was measured that the font has no letters for

    def image(self) -> Image.Image:
        """Give the bitmap, on white."""
        size, buffer = (self.width, self.height), self._pixels.buffer_rgba()
        return Image.frombuffer("RGBA", size, buffer, "raw", "RGBA", 0, 1).convert("RGB")

    def png(self) -> bytes:
        """Give the bitmap as a file."""
        raw = io.BytesIO()
        dots = (self.dpi, self.dpi)
        self.image().save(raw, format="png", dpi=dots, compress_level=COMPRESSION)
        return raw.getvalue()

    def svg(self) -> bytes:
        """Give the drawing in points as a file."""
        assert self._points is not None
        self._points.finalize()
        return self._text.getvalue().encode()

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> Any:
        self.lacks = self.lacks or bool(fonts.lacking(s))
        return _measure(self.dpi, s, prop, ismath)

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self.width, self.height

    def points_to_pixels(self, points: Any) -> Any:
        return points / self._scale

    def option_image_nocomposite(self) -> bool:
        return True

    def open_group(self, s: str, gid: str | None = None) -> None:
        if self._points:
            self._points.open_group(s, gid)

    def close_group(self, s: str) -> None:
        if self._points:
            self._points.close_group(s)

    def draw_path(self, gc: Any, path: Path, transform: Any, rgbFace: Any = None) -> None:  # noqa: N803
        self._pixels.draw_path(gc, path, transform, rgbFace)
        if self._points:
            self._points.draw_path(self._small(gc), path, transform + self._shrink, rgbFace)

    def draw_markers(
        self, gc: Any, marker_path: Path, marker_trans: Any, path: Path, trans: Any,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:  # fmt: skip
        self._pixels.draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)
        if self._points:
            self._points.draw_markers(
                self._small(gc), marker_path, marker_trans + self._shrink, path,
                trans + self._shrink, rgbFace,
            )  # fmt: skip

    def draw_path_collection(
        self, gc: Any, master_transform: Any, paths: Any, all_transforms: Any, offsets: Any,
        offset_trans: Any, *looks: Any, **more: Any,
    ) -> None:  # fmt: skip
        self._pixels.draw_path_collection(
            gc, master_transform, paths, all_transforms, offsets, offset_trans, *looks, **more
        )
        if self._points:
            self._points.draw_path_collection(
                self._small(gc), (master_transform + self._shrink).frozen(), paths, all_transforms,
                offsets, offset_trans + self._shrink, *looks, **more,
            )  # fmt: skip

    def draw_quad_mesh(self, gc: Any, *mesh: Any) -> None:
        """Draw a mesh of rectangles; as a picture in points, where hundreds would show seams."""
        self._pixels.draw_quad_mesh(gc, *mesh)
        if self._points:
            left, bottom, right, top = map(int, gc.get_clip_rectangle().extents.round())
            rows = slice(self.height - top, self.height - bottom)
            cut = np.asarray(self._pixels.buffer_rgba())[rows, left:right]
            x, y = left * self._scale, bottom * self._scale
            self._points.draw_image(self._small(gc), x, y, cut[::-1])

    def draw_image(self, gc: Any, x: Any, y: Any, im: Any, *_: Any) -> None:
        self._pixels.draw_image(gc, x, y, im)
        if self._points:
            self._points.draw_image(self._small(gc), x * self._scale, y * self._scale, im)

    def draw_text(
        self, gc: Any, x: Any, y: Any, s: str, prop: Any, angle: Any, ismath: Any = False,
        mtext: Any = None,
    ) -> None:  # fmt: skip
        self._pixels.draw_text(gc, x, y, s, prop, angle, ismath, mtext)
        if self._points:
            from_top = self._points.height - (self.height - y) * self._scale
            self._points.draw_text(
                self._small(gc), x * self._scale, from_top, s, prop, angle, ismath, mtext
            )

    def _small(self, gc: GraphicsContextBase) -> GraphicsContextBase:
        """Give a context with the clip in points."""
        box, (path, transform) = gc.get_clip_rectangle(), cast("Any", gc.get_clip_path())
        if box is None and path is None:
            return gc
        small = GraphicsContextBase()
        small.copy_properties(gc)
        if box is not None:
            small.set_clip_rectangle(Bbox(box.get_points() * self._scale))
        if path is not None:
            small.set_clip_path(TransformedPath(path, transform + self._shrink))
        return small
