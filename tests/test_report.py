"""The report: complete, escaped, alone, accessible, small, and legible in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import analysis
from analysis import blocks
from analysis.blocks import Items, Part, Picture, Section, Table, Text
from analysis.rendering import html, markdown, plain
from analysis.report import precision, setting, standing
from analysis.report.content import report
from analysis.report.files import LARGEST
from reprisal.app import app
from sim import store
from tests.batches import SETTINGS, make, put

EVIL = 'x"><script>alert(1)</script><img src=http://a.b/c onerror=x> & <b>*b* [l](http://d.e)'
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
EMPTY = {"img", "meta", "br", "link"}


class Page(HTMLParser):
    """Collects what a test asks of a page, and that its tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    loaded = [
        make(place / "files", "base", "What happens?"),
        make(place / "files", "evil", EVIL, title=EVIL, reprisal={"half_life": "3d"}),
    ]
    results = store.create_or_open(place / "r", loaded, 7, 8)
    for name in ("base", "evil"):
        for run in range(8):
            put(results, name, [run])
    return place / "r"


@pytest.fixture(scope="module")
def made(folder: Path) -> blocks.Page:
    """The page, its pictures blank."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "picture", lambda name, _, *told: Picture(name, *told, b"", 1, 1))
        return report(analysis.load(folder))


@pytest.fixture(scope="module")
def text(made: blocks.Page) -> str:
    return html(made)


def test_every_section_is_there_and_in_the_contents(made: blocks.Page, text: str) -> None:
    keys = [part.key for part in made.sections]
    assert keys == [
        "question", "answers", "setting", "scenarios", "outcomes", "comparison", "reading",
        "runs", "parameters", "model", "manifest", "limits", "ethics",
    ]  # fmt: skip
    page = Page(text)
    assert page.open == []
    assert [link["href"] for link in page.named("a")][1:] == [f"#{key}" for key in keys]
    assert [head.get("id") for head in page.named("h2")] == keys


def test_nothing_of_a_scenario_file_acts_on_the_page(text: str) -> None:
    page = Page(text)
    assert page.named("script") == []
    assert "alert(1)" in text  # shown as text
    assert "<script" not in text
    assert all(
        (image["src"] or "").startswith("data:image/png;base64,") for image in page.named("img")
    )


def test_the_page_fetches_nothing_and_forbids_it(text: str) -> None:
    page = Page(text)
    assert page.named("link") == []
    addresses = [
        v for _, attributes in page.tags for k, v in attributes.items() if k in {"src", "href"}
    ]
    assert all((address or "").startswith(("data:", "#")) for address in addresses)
    assert not re.search(r"url\(|@import", text)
    assert "default-src 'none'" in text


def test_the_page_is_accessible(text: str) -> None:
    page = Page(text)
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("h1")) == len(page.named("main")) == 1
    assert all(len(image["alt"] or "") > 20 for image in page.named("img"))
    assert len(page.named("caption")) == len(page.named("table")) > 0
    assert {head.get("scope") for head in page.named("th")} == {"col", "row"}
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert max(np.diff(levels)) <= 1
    assert "@media print" in text


def contrast(first: str, second: str) -> float:
    """Contrast of two colours after WCAG 2.1, 1 to 21."""

    def light(colour: str) -> float:
        full = colour if len(colour) == 7 else "#" + "".join(c * 2 for c in colour[1:])
        parts = [int(full[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    darker, lighter = sorted((light(first), light(second)))
    return (lighter + 0.05) / (darker + 0.05)


def test_text_stands_out_from_the_ground(text: str) -> None:
    colours = re.findall(r"[ {]color: (#[0-9a-f]{3,6})", text)
    assert len(colours) >= 4
    assert all(contrast(colour, "#fff") >= 7 for colour in colours)


def test_markdown_escapes_and_names_its_pictures(made: blocks.Page) -> None:
    told = markdown(made)
    assert "\\<script\\>" in told
    assert not re.search(r"(?<!\\)<script", told)
    assert not re.search(r"(?<!\\)\]\(http", told)
    assert plain("a|b *c*\nd") == "a\\|b \\*c\\* d"
    assert plain("_a_ half_life `x*y`") == "\\_a\\_ half_life `x*y`"
    pictures = re.findall(r"\]\((report-figures/[^)]+)\)", told)
    shown = {b.name for part in made.sections for b in part.blocks if isinstance(b, Picture)}
    assert {Path(name).stem for name in pictures} >= shown


def test_scenarios_are_told_by_what_they_change(made: blocks.Page) -> None:
    [part] = [part for part in made.sections if part.key == "scenarios"]
    [evil] = [block for block in part.blocks if isinstance(block, Part)]
    [items] = evil.blocks
    assert isinstance(items, Items)
    assert len(items.items) == 1
    assert re.fullmatch(r"reprisal\.half_life: .+ → 3d", items.items[0])


def test_only_parameters_off_their_default_are_listed(folder: Path) -> None:
    frames = analysis.load(folder)
    rows = {
        path: (default, here)
        for path, default, here, _ in setting.differing(frames.scenarios["evil"])
    }
    assert rows["reprisal.half_life"][1] == "3d"
    assert rows["reprisal.half_life"][0] != "3d"
    assert set(rows) == {"reprisal.half_life"}


def test_answers_say_what_the_comparison_says(made: blocks.Page, folder: Path) -> None:
    from analysis.comparison import words

    table = analysis.compare(analysis.load(folder), outcomes=["killed"])
    [answers] = [part for part in made.sections if part.key == "answers"]
    [part] = [block for block in answers.blocks if isinstance(block, Part)]
    [items] = [block for block in part.blocks if isinstance(block, Items)]
    assert (
        items.items[0].partition(".")[0] == words.reading(table.iloc[0].to_dict()).partition(".")[0]
    )


def test_the_mean_settles_as_the_interval_of_all_runs(folder: Path) -> None:
    from analysis import intervals

    runs = analysis.load(folder).runs
    own = runs[runs["scenario"] == "base"]
    last = precision.settling(own).iloc[-1]
    whole = intervals.mean(own["killed"])
    assert (last["mean"], last["low"], last["high"]) == pytest.approx(
        (whole.value, whole.low, whole.high)
    )


def test_too_few_runs_to_settle_are_said(folder: Path) -> None:
    frames = analysis.load(folder)
    few = frames.only(["base"])
    few.__dict__["runs"] = few.runs.head(2)
    [(_, figure)] = precision.figures(few)
    figure.draw_without_rendering()
    told = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert told == ["fewer than 5 runs of each scenario"] * 2


@pytest.mark.usefixtures("undrawn")
def test_one_scenario_alone_has_a_report(folder: Path) -> None:
    alone = analysis.load(folder).only(["base"])
    keys = [part.key for part in report(alone).sections]
    assert "comparison" not in keys
    assert "answers" in keys


def test_files_of_other_scenarios_are_left_alone(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "r")
    frames = analysis.load(tmp_path / "r")
    for path in (tmp_path / "r").glob("*/evil/*.parquet"):
        path.write_bytes(b"")
    assert len(frames.only(["base"]).runs) == 8
    with pytest.raises(analysis.LoadError):
        frames.only(["base", "evil"]).table("runs")


def test_what_is_said_of_the_model_is_so_for_the_scenarios(tmp_path: Path) -> None:
    changes = {
        "rivalry_changes": {
            "break": {"trigger": {"after": "1d"}, "between": ["red", "blue"], "level": 0.9}
        },
        "modes": {"raid": SETTINGS["modes"]["raid"] | {"civilians_killed": {"median": 2}}},
    }
    calm = make(tmp_path, "base", battle={"enabled": False}).scenario
    fierce = make(tmp_path, "other", **changes).scenario
    said, more = (" ".join(standing.limits(each)) for each in ([calm], [calm, fierce]))
    assert "Civilians may be killed" in more
    assert "Rivalry changes only" in more
    assert "No mode here kills civilians" in said
    assert "Rivalry is constant here" in said
    assert "Civilians, flight" not in said
    assert "battles" in standing.odd([calm])[standing.PARTS].split("In none of them: ")[1]
    assert "battles" in standing.odd([calm, fierce])[standing.PARTS].split("In none of them: ")[0]
    entities = standing.odd([calm])["Entities"]
    assert all(word in entities for word in ("crowds", "brigades", "ceasefires", "battle"))
    assert "spoilers" in standing.odd([calm])["Engagements"]


def test_what_is_added_as_nothing_is_not_told(folder: Path) -> None:
    base = analysis.load(folder).scenarios["base"]
    order = {
        "action": "hold", "group": "red", "trigger": {"at": "2024-03-02T00:00"},
    }  # fmt: skip
    added = make(folder.parent / "files", "added", orders={"wait": order})
    [items] = setting.changes(base, added)
    assert isinstance(items, Items)
    assert "orders.wait.action: (not there) → hold" in items.items
    assert not [line for line in items.items if line.endswith(("→ null", "→ {}"))]


def test_the_command_writes_html_markdown_and_pictures(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(folder), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines() == [str(tmp_path / f"report.{end}") for end in ("html", "md")]
    assert (tmp_path / "report.html").stat().st_size < LARGEST
    told = (tmp_path / "report.md").read_text(encoding="utf-8")
    for name in re.findall(r"\]\((report-figures/[^)]+)\)", told):
        assert (tmp_path / name).is_file()
    wrong = CliRunner().invoke(app, ["report", str(folder), "--baseline", "bas"])
    assert wrong.exit_code == 2
    assert "no scenario 'bas'; there are base, evil" in " ".join(wrong.stderr.split())


@pytest.mark.skipif(not BROWSER, reason="no Chromium here")
def test_a_browser_shows_it(tmp_path: Path) -> None:
    """What is dark in the picture is text: a page without it, or without figures, is pale."""
    sample = blocks.Page(
        "A title",
        [Text("A line")],
        (
            Section("one", "One", [Text("words " * 60), Items(["an item"])]),
            Section("two", "Two", [Table("Caption", ["a", "b"], [["1", "2"]] * 5)]),
        ),
    )
    path, shot = tmp_path / "page.html", tmp_path / "shot.png"
    path.write_text(html(sample), encoding="utf-8")
    subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         f"--user-data-dir={tmp_path / 'profile'}", "--window-size=900,900",
         f"--screenshot={shot}", path.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    seen = np.asarray(Image.open(shot).convert("L"))
    assert seen.shape == (900, 900)
    assert (seen[0:100] < 100).any(axis=1).sum() > 10  # the title
    assert 0.01 < (seen < 128).mean() < 0.2
    assert (seen[:, :15] > 250).all()  # nothing runs into the margin
    assert (seen[:, -15:] > 250).all()


@pytest.mark.parametrize(
    ("text", "written"),
    [("- a", "\\- a"), ("12. b", "12\\. b"), ("3) c", "3\\) c"), ("===", "\\==="),
     ("-0.5 d", "-0.5 d"), ("1.5 e", "1.5 e"), ("f - g", "f - g"), ("# h", "\\# h")],
)  # fmt: skip
def test_no_text_opens_a_list_or_a_heading(text: str, written: str) -> None:
    assert plain(text) == written
