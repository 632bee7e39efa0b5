"""Figures: what is drawn equals the data, and every page stays legible at the edges."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

import analysis
from analysis import (
    chains,
    distributions,
    figures,
    files,
    forest,
    intervals,
    kinds,
    longestchains,
    orders,
    sheet,
    style,
    tilemap,
    timeline,
)
from analysis.frames import Frames
from reprisal.commands import results
from tests import synthetic

LONG = "iraq-2022+reprisal.half_life={}h+deployment.rule=capital_first"


@pytest.fixture(scope="module")
def frames() -> Frames:
    return synthetic.frames({"base": 0.5, "more": 1.2}, replicates=30)


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(4, 3)).subplots()


def bands(ax: Axes) -> list[FillBetweenPolyCollection]:
    return [item for item in ax.collections if isinstance(item, FillBetweenPolyCollection)]


def runs_with(hours: list[float], length: float) -> pd.DataFrame:
    table = pd.DataFrame({"hours_to_calm": hours, "calm_reached": [h < length for h in hours]})
    return table.assign(scenario=pd.Categorical(["a"] * len(hours)))


def test_the_curve_is_the_share_of_runs_at_or_below(frames: Frames, ax: Axes) -> None:
    assert analysis.ecdf(frames.runs, ax, "killed") is ax
    values = frames.runs.loc[frames.runs["scenario"] == "more", "killed"].to_numpy()
    [line] = [line for line in ax.lines if line.get_label() == "more"]
    for x, y in line.get_xydata()[1:]:
        assert y == pytest.approx((values <= x).mean())
    assert ax.get_xlabel() == "Killed (persons)"
    assert len(bands(ax)) == 2


def test_the_curve_stays_below_one_where_runs_ended_first(ax: Axes) -> None:
    analysis.ecdf(runs_with([10, 20, 30, 100], 100), ax, "hours_to_calm")
    curve = next(line for line in ax.lines if line.get_label() == "a")
    assert curve.get_ydata()[-1] == 0.75
    assert curve.get_xdata()[-1] == 100


def test_the_curve_lies_at_zero_where_every_run_ended_first(ax: Axes) -> None:
    analysis.ecdf(runs_with([100, 100], 100), ax, "hours_to_calm")
    curve = next(line for line in ax.lines if line.get_label() == "a")
    assert list(curve.get_ydata()) == [0, 0]
    assert list(curve.get_xdata()) == [0, 100]


def test_the_band_of_the_whole_curve_is_wider_than_that_of_a_point(frames: Frames) -> None:
    runs = frames.runs[frames.runs["scenario"] == "base"]
    x = intervals.quantile(runs["killed"], 0.5) + 0.1
    y = float((runs["killed"] <= x).mean())
    inside = {}
    for kind in ("curve", "point"):
        ax = Figure().subplots()
        distributions.ecdf(runs, ax, band=kind)  # type: ignore[arg-type]
        [outline] = bands(ax)[0].get_paths()
        inside[kind] = [bool(outline.contains_point((x, y + up))) for up in (0, 0.14, 0.21, 0.26)]
    assert inside == {"curve": [True, True, True, False], "point": [True, True, False, False]}


@given(st.lists(st.integers(0, 300), min_size=1, max_size=60))
def test_counts_lie_inside_bins(counts: list[int]) -> None:
    values = np.array(counts, dtype=float)
    edges = distributions.bin_edges(values)
    assert np.all(np.diff(edges) > 0)
    assert not np.isin(values, edges).any()
    assert np.histogram(values, edges)[0].sum() == len(values)


def test_counts_with_a_heavy_tail_lie_inside_bins_that_widen() -> None:
    values = np.array([0, 1, 1, 2, 3, 3, 4, 5, 6, 400], dtype=float)
    edges = distributions.bin_edges(values)
    assert not np.isin(values, edges).any()
    assert np.histogram(values, edges)[0].sum() == len(values)
    assert np.diff(edges)[0] == 1
    assert np.diff(edges)[-1] > 50


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.booleans())
def test_every_value_lies_in_a_bin(shares: list[float], share: bool) -> None:
    values = np.array(shares)
    edges = distributions.bin_edges(values, share)
    assert np.histogram(values, edges)[0].sum() == len(values)


def test_histogram_bars_add_up_to_all_runs(frames: Frames, ax: Axes) -> None:
    analysis.histogram(frames.runs, ax, "engagements")
    [bars] = [c for c in ax.containers if c.patches[0].get_y() == 0]
    tallest = float(ax.get_title(loc="right").split()[2]) / 100
    heights = sum(bar.get_height() for bar in bars) / distributions.BAR_HEIGHT
    assert heights * tallest == pytest.approx(1, rel=0.02)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["base", "more"]


def test_a_heavy_tail_gets_a_squeezed_axis(ax: Axes) -> None:
    runs = pd.DataFrame({"killed": [0, 1, 1, 2, 3, 3, 4, 5, 6, 400]})
    analysis.ecdf(runs.assign(scenario=pd.Categorical(["a"] * 10)), ax)
    assert ax.get_xscale() == "function"
    assert {0, 10, 100} <= set(ax.get_xticks())


def test_days_add_up_to_the_run(frames: Frames) -> None:
    days = analysis.daily(frames)
    total = days.groupby(["scenario", "replicate"], observed=True)[["killed", "engagements"]].sum()
    runs = frames.runs.set_index(["scenario", "replicate"])
    assert total["killed"].to_dict() == runs["killed"].to_dict()
    assert total["engagements"].to_dict() == runs["engagements"].to_dict()
    assert days["date"].min() == pd.Timestamp("2022-08-29")
    assert set(days.groupby("scenario", observed=True)["day"].nunique()) == {46}


def test_the_fan_shows_quantiles_over_runs(frames: Frames, ax: Axes) -> None:
    days = analysis.daily(frames)
    own = days[days["scenario"] == "more"]
    analysis.fan(own, ax, "killed", cumulative=True)
    total = own.groupby("replicate")["killed"].sum()
    [median] = [patch for patch in ax.patches if patch.get_label() == "more"]
    assert median.get_data().values[-1] == intervals.quantile(total, 0.5)
    wide, narrow = bands(ax)
    assert wide.get_paths()[0].vertices[:, 1].max() == intervals.quantile(total, 0.95)
    assert narrow.get_paths()[0].vertices[:, 1].max() == intervals.quantile(total, 0.75)
    assert ax.get_ylabel() == "Cumulative killed\n(persons)"


def test_one_run_has_no_bands() -> None:
    single = synthetic.frames({"base": 1.0}, replicates=1)
    fan, curve, tail = (Figure().subplots() for _ in range(3))
    analysis.fan(analysis.daily(single), fan)
    analysis.ecdf(single.runs, curve)
    analysis.chain_tail(analysis.chain_sizes(single), tail)
    assert [bands(axes) for axes in (fan, curve, tail)] == [[], [], []]


def test_quiet_days_at_the_end_are_left_out(frames: Frames) -> None:
    days = analysis.daily(frames)
    shown = timeline.busy(days)
    for _, rows in days.groupby("scenario", observed=True):
        seen = rows.loc[rows["day"] <= shown["day"].max(), "engagements"].sum()
        assert seen >= 0.95 * rows["engagements"].sum()
    assert shown["day"].max() < days["day"].max()


def test_order_times_leave_out_what_only_follows(frames: Frames) -> None:
    orders = frames.orders
    follow = orders.head(1).assign(
        order=pd.Categorical([""], ["", *orders["order"].cat.categories]),
        action=pd.Categorical(["debt"], ["debt", *orders["action"].cat.categories]),
    )
    words = {"order": str, "action": str}
    more = pd.concat([orders.astype(words), follow.astype(words)])
    shown = analysis.order_times(_WithOrders(frames, more))
    assert len(shown) == len(analysis.order_times(frames))


class _WithOrders:
    """Frames whose table of orders is another."""

    def __init__(self, frames: Frames, orders: pd.DataFrame) -> None:
        self._frames, self._orders = frames, orders

    def __getattr__(self, name: str) -> object:
        return getattr(self._frames, name)

    def table(self, name: str, columns: list[str]) -> pd.DataFrame:
        return self._orders if name == "orders" else self._frames.table(name, columns)


def test_order_times_are_local_and_numbered_alike(frames: Frames, ax: Axes) -> None:
    times = analysis.order_times(frames)
    call = times[times["order"] == "call_to_withdraw"]
    assert list(call["middle"]) == [pd.Timestamp("2022-08-30T13:00")] * 2
    assert list(call["share"]) == [1, 1]
    assert call["number"].nunique() == 1
    reached = frames.orders[frames.orders["order"] == "answer"]["scenario"].value_counts()
    answer = times[times["order"] == "answer"].set_index("scenario")["share"]
    assert answer.to_dict() == {name: reached[name] / 30 for name in ("base", "more")}
    analysis.order_strip(times, ax)
    assert "1  call to withdraw" in [label.get_text() for label in ax.get_yticklabels()]


def test_a_branch_stands_behind_its_event(frames: Frames) -> None:
    assert orders._label(frames, "base", "court_session.put_off") == "court session: put off"


@pytest.mark.parametrize(
    ("numbers", "text"), [([3], "3"), ([1, 2], "1,2"), ([1, 2, 3, 6], "1–3,6"), ([5, 2], "2,5")]
)
def test_close_order_numbers_are_joined(numbers: list[int], text: str) -> None:
    times = pd.DataFrame({"number": numbers, "middle": [pd.Timestamp("2022-09-01")] * len(numbers)})
    ax = Figure().subplots()
    ax.set_xlim(pd.Timestamp("2022-08-30"), pd.Timestamp("2022-09-09"))
    orders.order_marks(times, ax)
    assert [note.get_text() for note in ax.texts] == [text]


@pytest.mark.parametrize("width", [1.7, 2.3])
def test_order_numbers_do_not_touch_and_stay_in_the_panel(width: float) -> None:
    days = [0.2, 0.5, 1.4, 1.6, 2.4, 3.1, 4.8, 5.2, 5.9, 8.7, 9.0, 9.3, 9.9]
    middle = [pd.Timestamp("2022-08-30") + pd.Timedelta(days=day) for day in days]
    figure = Figure(figsize=(width, 1.5))
    ax = figure.add_axes((0.0, 0.1, 1.0, 0.7))
    ax.set_xlim(pd.Timestamp("2022-08-30"), pd.Timestamp("2022-09-09"))
    orders.order_marks(pd.DataFrame({"number": range(1, 14), "middle": middle}), ax)
    figure.draw_without_rendering()
    boxes = [note.get_window_extent() for note in ax.texts]
    assert len(boxes) > 1
    assert all(one.x1 <= other.x0 for one, other in pairwise(boxes))
    assert all(box.x1 <= figure.bbox.x1 for box in boxes)


def test_outcomes_that_never_vary_are_not_drawn_and_the_note_says_so(frames: Frames) -> None:
    """The call has a date in these runs, so that hours to it are the same in all."""
    with style.context():
        _, figure = next(iter(figures.some(frames, "outcomes")))
    labels = {ax.get_xlabel() for ax in figure.axes}
    assert "Killed (persons)" in labels
    assert "Hours to the call to withdraw" not in labels
    assert "hours to the call to withdraw" in figure.get_label()


def test_a_caption_is_written_as_text(frames: Frames, tmp_path: Path) -> None:
    written = files.write_figures(tmp_path, figures.some(frames, "killed"), ("txt",))
    text = written[0].read_text()
    assert text.startswith("Killed per run\n\n30 runs per scenario; seed 1. ")
    assert len(text.splitlines()) == 3


def test_provinces_that_nothing_reached_count_as_zero(frames: Frames) -> None:
    table = analysis.province_table(frames)
    assert len(table) == 2 * len(synthetic.TILES)
    total = table.groupby("scenario", observed=True)["killed"].sum()
    means = frames.runs.groupby("scenario", observed=True)["killed"].mean()
    assert total.to_dict() == pytest.approx(means.to_dict())
    engaged = frames.engagements.query("scenario == 'more' and province == 'baghdad'")
    deadly = engaged[engaged["attacker_killed"] + engaged["target_killed"] > 0]
    tile = table.query("scenario == 'more' and province == 'baghdad'").iloc[0]
    assert tile["fatal"] == deadly["replicate"].nunique() / 30
    assert tile["fatal_low"] < tile["fatal"] < tile["fatal_high"] or tile["fatal"] == 1


def test_text_on_tiles_is_legible(frames: Frames) -> None:
    table = analysis.province_table(frames)
    for measure in ("killed", "fatal"):
        ax = Figure(figsize=(3.5, 4)).subplots()
        analysis.tiles(table[table["scenario"] == "more"], ax, measure)  # type: ignore[arg-type]
        fills = [patch.get_facecolor() for patch in ax.patches if isinstance(patch, Rectangle)]
        for number, fill in enumerate(fills):
            inks = {text.get_color() for text in ax.texts[3 * number : 3 * number + 3]}
            [ink] = inks
            lightness = _relative_luminance(mpl.colors.to_rgb(fill[:3]))
            ratio = 1.05 / (lightness + 0.05) if ink == "white" else (lightness + 0.05) / 0.05
            assert ratio > 4.5


def test_colours_get_darker_with_the_value_in_grey() -> None:
    table = pd.DataFrame({"killed": [0.0, 1.0], "fatal": [0.0, 1.0]})
    for measure in ("killed", "fatal"):
        colours = tilemap.scale(table, measure)  # type: ignore[arg-type]
        grey = [_relative_luminance(colours.to_rgba(x)[:3]) for x in np.linspace(0, 1, 30)]
        assert np.all(np.diff(grey) < 0)


def test_one_province_does_not_take_all_colours() -> None:
    table = pd.DataFrame({"killed": [*np.linspace(0, 2, 18), 5.0, 107.0], "fatal": 0.0})
    colours = tilemap.scale(table, "killed")
    grey = [_relative_luminance(colours.to_rgba(x)[:3]) for x in (0.0, 2.0, 5.0, 107.0)]
    assert np.all(np.diff(grey) < -0.1)


def test_colours_of_differences_are_alike_on_both_sides_and_none_is_cut() -> None:
    table = pd.DataFrame({"difference": [0.0, -3.0, 80.0]})
    norm = tilemap.scale(table, "difference").norm
    assert (norm(-80.0), norm(0.0), norm(80.0)) == pytest.approx((0.0, 0.5, 1.0))
    assert norm(3.0) + norm(-3.0) == pytest.approx(1.0)
    assert norm(3.0) > 0.6


def test_the_colour_bar_has_round_numbers_on_both_sides() -> None:
    ax = Figure(figsize=(3.5, 0.5)).subplots()
    table = pd.DataFrame({"difference": [0.0, -3.0, 24.0]})
    tilemap.colour_bar(ax, tilemap.scale(table, "difference"), "difference")
    marks = [-20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20]
    assert ax.get_xticks().tolist() == marks


def test_chains_are_counted_by_root(frames: Frames) -> None:
    table = analysis.chain_sizes(frames)
    assert table["size"].sum() == len(frames.engagements)
    own = frames.engagements.query("scenario == 'more' and replicate == 3")
    sizes = own.groupby("root").size()
    found = table.query("scenario == 'more' and replicate == 3").set_index("root")
    assert found["size"].to_dict() == sizes.to_dict()
    longest = table.groupby(["scenario", "replicate"], observed=True)["length"].max()
    runs = frames.runs.query("engagements > 0").set_index(["scenario", "replicate"])
    assert longest.to_dict() == runs["longest_chain"].to_dict()


def test_the_tail_begins_with_all_chains() -> None:
    table = pd.DataFrame({"replicate": [0, 0, 1, 2], "size": [1, 1, 3, 1]})
    sizes, share, low, high = chains.tail(table)
    assert sizes.tolist() == [1, 3]
    assert share.tolist() == [1, 0.25]
    assert 0 < low[1] < 0.25 < high[1] < 1


def test_forest_rows_stand_at_the_estimates(frames: Frames) -> None:
    ax = Figure().subplots()
    table = analysis.differences(frames)
    forest.effects(table, ax, "killed")
    found = table[table["outcome"] == "killed"].iloc[0]
    spans = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2]
    assert [found["difference_low"], found["difference_high"]] in [list(span) for span in spans]
    assert ax.get_xlabel() == "Difference (persons)"


def test_an_outcome_that_is_always_zero_has_a_plain_axis() -> None:
    quiet = synthetic.frames({"a": 0.0, "b": 0.0}, 4, synthetic.SMALL_TILES, "9d", "south")
    left, right = Figure().subplots(1, 2)
    forest.means(analysis.summary(quiet), left, "killed")
    forest.effects(analysis.differences(quiet), right, "killed")
    assert left.get_xlim()[1] > 1
    assert right.get_xlim() == (-1.0, 1.0)
    strip = Figure().subplots()
    orders.order_strip(orders.order_times(quiet).head(0), strip)
    assert not strip.axison
    bar = Figure().subplots()
    colours = tilemap.scale(tilemap.province_table(quiet), "killed")
    tilemap.colour_bar(bar, colours, "killed")
    bar.figure.draw_without_rendering()
    words = [label.get_text() for label in bar.get_xticklabels()]
    assert {"0", "1"} < set(words)
    assert not any(word.endswith("0") for word in words if "." in word)


def test_looks_differ_on_a_page_also_without_colour() -> None:
    page = [style.look(place) for place in range(style.PER_PAGE)]
    for part in ("colour", "dash", "hatch", "marker"):
        assert len({str(getattr(look, part)) for look in page}) == style.PER_PAGE
    assert style.look(0) not in [style.look(place) for place in range(1, 40)]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [("iraq-2022", 22, 2), (LONG.format(24), 22, 2), ("x" * 90, 20, 2), ("Sulaymaniyah", 13, 1)],
)
def test_wrapped_names_fit_and_keep_their_ends(text: str, width: int, lines: int) -> None:
    rows = style.wrap(text, width, lines).split("\n")
    assert len(rows) <= lines
    assert max(map(len, rows)) <= width
    assert rows[-1][-3:] == text[-3:]


@pytest.mark.parametrize("width", [18, 20, 22, 24, 26, 28])
@pytest.mark.parametrize(
    "text",
    ["Iraq 2022: a negative ruling, if followers react",
     "Supreme Court session: a negative ruling; a call for restraint",
     "The offices stay open and nobody withdraws after the ruling"],
)  # fmt: skip
def test_words_stay_whole(text: str, width: int) -> None:
    shown = style.wrap(text, width)
    whole = set(text.split())
    assert set(shown.replace("…", " ").split()) <= whole
    assert shown.split()[-1] == text.rsplit(maxsplit=1)[-1]
    assert max(map(len, shown.split("\n"))) <= width
    assert len(shown.split("\n")) <= 2


def long_titles(number: int) -> Frames:
    """Scenarios with titles of 120 characters, of which the last say which it is."""
    text = "the long title of a scenario, with $M_{WM}$ & @@, that says what happens in WWWWWWW"
    names = {f"Variant {h}: {text}".ljust(119, "W") + str(h): 0.5 for h in range(number)}
    return synthetic.frames(names, 3, synthetic.SMALL_TILES, "9d", "south")


def test_a_long_title_does_not_push_the_panels_below_it() -> None:
    with style.context():
        text = "Variant: the long title of a scenario that explains everything that happens"
        names = [f"{text} in the river and the hills", "b"]
        made = synthetic.frames(dict.fromkeys(names, 0.5), 3, synthetic.SMALL_TILES, "9d", "south")
        ((_, figure),) = figures.some(made, "timeline")
        figure.draw_without_rendering()
    first, second = (ax.get_position() for ax in figure.subfigs[0].axes[:2])
    assert second.x0 - first.x1 < 0.7 * first.width


def test_scenarios_without_a_tree_are_counted() -> None:
    made = list(figures.some(long_titles(3), "genealogy"))
    assert len(made) == 2
    assert all("2 of 3 scenarios drawn, 1 left out." in page.get_label() for _, page in made)
    both = figures.some(long_titles(2), "genealogy")
    assert not any("left out" in page.get_label() for _, page in both)


def test_one_engagement_is_one_and_thousands_have_a_comma() -> None:
    chain = pd.DataFrame({"replicate": [3], "province": ["south"], "killed": [1777]})
    label = longestchains._label(chain, {"south": "South"})
    assert label == "run 3: South,\n1 engagement, 1,777 killed"


def long_names(number: int) -> Frames:
    names = {LONG.format(h): 0.5 for h in range(number)}
    return synthetic.frames(names, 3, synthetic.SMALL_TILES, "9d", "south")


@pytest.mark.parametrize(
    "case",
    [
        *("none", "one run", "few tiles", "long names", "long titles"),
        pytest.param("many long names", marks=pytest.mark.slow),
    ],
)
def test_no_text_leaves_the_page(case: str) -> None:
    made = {
        "none": lambda: synthetic.frames({"quiet": 0.0}, 4, synthetic.SMALL_TILES, capital=None),
        "one run": lambda: synthetic.frames({"quiet": 0.0, "loud": 1.0}, 1),
        "few tiles": lambda: synthetic.frames({"a": 1.0}, 8, synthetic.SMALL_TILES, "7d", "south"),
        "long names": lambda: long_names(4),
        "many long names": lambda: long_names(9),
        "long titles": lambda: long_titles(3),
    }[case]()
    with style.context():
        for name, figure in figures.every(made):
            figure.draw_without_rendering()
            sheet = figure.bbox.padded(figure.dpi / 36)
            parts = [*figure.texts, *figure.legends, *figure.findobj(Axes)]
            boxes = {str(part): part.get_tightbbox(figure.canvas.get_renderer()) for part in parts}
            assert [part for part, box in boxes.items() if not _inside(box, sheet)] == [], name


def _inside(box: Bbox, sheet: Bbox) -> bool:
    return bool(np.all(box.min >= sheet.min) and np.all(box.max <= sheet.max))


def test_every_figure_and_table_is_written_without_a_trace(tmp_path: Path) -> None:
    small = synthetic.frames({"a": 0.4, "b": 0.8}, 4, synthetic.SMALL_TILES, "9d", "south")
    before = dict(mpl.rcParams)
    written = figures.write(small, tmp_path / "figures", ("svg",))
    stems = [
        "killed",
        "outcome-distributions",
        "timeline",
        "map",
        "chains",
        "genealogy",
        "longest-chains",
        "differences",
    ]
    tables = ["summary.csv", "differences.csv", "summary.md", "causes.csv"]
    assert [path.name for path in written] == [*tables, *(f"{stem}.svg" for stem in stems)]
    assert all(path.stat().st_size > 0 for path in written)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("kind", kinds.FORMATS)
def test_the_same_results_give_the_same_bytes(
    frames: Frames, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(style.RC, "savefig.dpi", 60)
    made = []
    for name in ("one", "two"):
        with style.context():
            figure = sheet.make("Title", ["Note."], 2.0, [(0, "base"), (1, "more")])
            distributions.histogram(frames.runs, distributions.ecdf(frames.runs, figure.subplots()))
        (written,) = files.write_figures(tmp_path, [(name, figure)], (kind,))
        made.append(written.read_bytes())
    assert made[0] == made[1]


def test_figures_that_are_asked_for_are_drawn_alone(
    frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "load", lambda *_: frames)
    written = analysis.plot("x", tmp_path, ("svg",), only=["chains", "killed", "chains"])
    assert [path.name for path in written] == ["chains.svg", "killed.svg"]
    assert set(tmp_path.iterdir()) == set(written)


def test_the_command_knows_the_figures_that_are_drawn() -> None:
    assert tuple(figures.SHEETS) == kinds.FIGURES
    assert results.checked_figures("map, killed") == ["map", "killed"]
    for wrong, reported, why in (("mapp", False, "'mapp' is not"), ("map", True, "'map' is not")):
        with pytest.raises(typer.BadParameter, match=why):
            results.checked_figures(wrong, reported)
        with pytest.raises(ValueError, match=f"no figure '{wrong}'"):
            analysis.plot("nowhere", reported=reported, only=[wrong])


def test_an_unknown_format_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown format 'gif'; known are png, svg, pdf"):
        analysis.plot(tmp_path / "nowhere", formats=("gif",))


def _relative_luminance(rgb: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
