"""The laboratory page in a browser: what it asks, says and draws, and who can use it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import analysis
from analysis import wording
from analysis.blocks import Page
from analysis.interactive.live import live
from analysis.rendering import html
from reprisal.app import app
from sim import batch, scenario, store
from sim.scenario import load, load_text
from tests.browser import CHROMIUM, ROOT, Laboratory, laboratory, needs_browser

pytestmark = needs_browser
WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
ALL = 'body[data-runs="200"]'
CALL = "orders.river_guard_withdraws"
PATIENCE = 120_000  # milliseconds; the engine may have to be compiled


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(ROOT / "scenarios" / "two-groups.yaml", folder / "case.yaml")
    return folder


@pytest.fixture(scope="module")
def lab(place: Path) -> Iterator[Laboratory]:
    with laboratory(place / "case.yaml", place) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def visit(browser: Any, lab: Laboratory) -> Any:
    """One visitor, who came with the token; tabs share the cookie."""
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(lab.address)
    page.locator(ALL).wait_for(timeout=PATIENCE)
    return context


@pytest.fixture
def tab(visit: Any) -> Any:
    """A tab in which pages are opened one after the other: a tab of its own costs a process."""
    opened = visit.pages[0]
    opened.set_viewport_size(WIDE)
    return opened


@pytest.fixture
def page(tab: Any, lab: Laboratory) -> Iterator[Any]:
    wrong: list[str] = []
    heard = {
        "pageerror": lambda error: wrong.append(str(error)),
        "console": lambda said: wrong.append(said.text) if said.type == "error" else None,
    }
    for event, hear in heard.items():
        tab.on(event, hear)
    tab.goto(lab.origin)
    tab.locator(ALL).wait_for(timeout=PATIENCE)
    yield tab
    for event, hear in heard.items():
        tab.remove_listener(event, hear)
    assert wrong == []


def drawn(page: Any) -> int:
    return int(page.locator("body").get_attribute("data-drawn"))


def at_rest(page: Any) -> None:
    """Wait until all runs of the newest numbers are drawn, or until it says what is wrong."""
    done = "() => document.body.dataset.settled === document.body.dataset.version"
    wrong = "document.getElementById('state').classList.contains('bad')"
    page.wait_for_function(f"{done} || {wrong}", timeout=PATIENCE)
    assert page.evaluate(done), page.inner_text("#state")


def press(page: Any, where: str, *keys: str) -> None:
    page.locator(where).focus()
    for key in keys:
        page.keyboard.press(key)
    at_rest(page)


def test_nothing_is_asked_of_any_other_host(tab: Any, lab: Laboratory) -> None:
    asked: list[str] = []
    sizes: dict[str, int] = {}
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("response", lambda reply: sizes.update({reply.url: len(reply.body())}))
    tab.goto(lab.origin)
    tab.locator(ALL).wait_for(timeout=PATIENCE)
    tab.locator("body[data-played]").wait_for(timeout=PATIENCE)
    assert {re.match(r"https?://[^/]+", url)[0] for url in asked} == {lab.origin}  # type: ignore[index]
    assert lab.asked.read_text() == ""
    files = {url: size for url, size in sizes.items() if "/api/" not in url}
    assert len(files) >= 8
    assert sum(files.values()) < 150_000


def test_what_follows_at_rest_makes_room_for_what_moves(page: Any) -> None:
    dropped: list[str] = []
    page.on("requestfailed", lambda request: dropped.append(request.url.rpartition("/")[2]))
    press(page, ".handle", "PageUp", "ArrowRight", "ArrowRight")  # now what is not known is drawn
    press(page, ".handle", "ArrowRight")
    assert "numbers" in dropped
    page.locator(
        f'body[data-numbers="{page.locator("body").get_attribute("data-version")}"]'
    ).wait_for(timeout=PATIENCE)


def test_an_arrow_key_changes_the_answer_to_what_compare_says(page: Any, place: Path) -> None:
    before = page.inner_text("#headline")
    press(page, ".handle", "ArrowLeft", "ArrowLeft", "PageDown")
    said = page.inner_text("#headline")
    assert said != before
    base = load(place / "case.yaml")
    ours = load_text(page.input_value("#text"), place / "ours.yaml")
    trigger = {"orders.river_guard_withdraws.trigger.at": 101.0}
    assert scenario.values_of(base, ours) == trigger  # 14 steps of half an hour before 108 h
    theirs = scenario.with_values(base, {f"{CALL}.enabled": False})
    results = store.create_or_open(place / "stored", [theirs, ours], 1, 200)
    batch.run(results, workers=1, engine="compiled")
    row = analysis.compare(analysis.load(place / "stored"), outcomes=["killed"]).iloc[0]
    side = "fewer" if row["difference"] < 0 else "more"
    assert said == (
        "With the call to withdraw on Tue 5 Mar, 05:00,"
        f" {wording.number(abs(row['difference']))} {side} people are killed on average than"
        " without it."
    )
    ends = sorted((abs(row["difference_low"]), abs(row["difference_high"])))
    chance = " to ".join(map(wording.number, ends))
    assert f"Chance alone (95 %): {chance} {side}" in page.inner_text("#bands")
    shares = [f"{100 * row[key]:.0f} %" for key in ("less", "same", "more")]
    pairs = "fewer in {}, as many in {}, more in {} of 200 pairs".format(*shares)
    assert page.inner_text("#shares").startswith(pairs)


def test_both_bands_are_given(page: Any) -> None:
    page.locator("body[data-numbers]").wait_for(timeout=PATIENCE)
    assert re.search(
        r"Numbers we do not know \(95 %\): \d.* (fewer|more)", page.inner_text("#bands")
    )


def test_a_wrong_key_is_told_as_validate_tells_it(page: Any, place: Path) -> None:
    text = page.input_value("#text") + "stancez: {quiet: 1}\nclock: {length: 2x}\n"
    curve = page.locator("#distribution .curve.ours").get_attribute("d")
    page.fill("#text", text)
    page.locator("body.stale").wait_for()
    file = place / "case-variant.yaml"
    file.write_text(text)
    told = CliRunner().invoke(app, ["validate", str(file)])
    file.unlink()
    shown = page.locator("#problems li").all_inner_texts()
    assert "\n".join(shown) == told.stderr.strip()
    assert "stancez: unknown key" in shown[0]
    page.locator("#problems button").first.click()
    chosen = page.evaluate("() => String(getSelection())")
    assert chosen == "stancez: {quiet: 1}"
    assert page.locator("#distribution .curve.ours").get_attribute("d") == curve
    page.fill("#text", text.partition("stancez")[0])
    page.locator("body:not(.stale)").wait_for()


def test_a_drag_redraws_and_never_asks_twice_at_once(page: Any) -> None:
    flying, most = 0, 0

    def begun(request: Any) -> None:
        nonlocal flying, most
        flying += request.url.endswith("/draw")
        most = max(most, flying)

    def over(request: Any) -> None:
        nonlocal flying
        flying -= request.url.endswith("/draw")

    page.on("request", begun)
    page.on("requestfinished", over)
    before = drawn(page)
    for _ in range(200):  # while it is drawn anew it has no place
        if box := page.locator(".handle circle").bounding_box():
            break
        page.wait_for_timeout(30)
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(x + 2 * step, y)
        page.wait_for_timeout(30)
        if step % 12 == 11:  # however slow the machine is, pictures come before the release
            count = drawn(page)
            page.locator(f'body:not([data-drawn="{count}"])').wait_for(timeout=PATIENCE)
    redrawn = drawn(page) - before
    page.mouse.up()
    at_rest(page)
    assert redrawn >= 5
    assert most <= 2
    hour = float(page.locator(".handle").get_attribute("aria-valuenow"))
    assert hour > 108
    assert page.locator(".handle").get_attribute("aria-valuetext") in page.inner_text("#headline")


def test_the_axis_only_grows_while_a_number_moves(page: Any) -> None:
    def top() -> float:
        marks = page.locator("#distribution .tick").all_text_contents()
        return max(float(each.replace(",", "")) for each in marks if re.fullmatch(r"[\d,]+", each))

    tops = []
    for _ in range(3):
        page.locator(".handle").focus()
        page.keyboard.press("End")
        page.wait_for_timeout(200)
        tops.append(top())
        page.keyboard.press("Home")
        page.wait_for_timeout(200)
        tops.append(top())
    assert tops == sorted(tops)


def test_two_tabs_do_not_disturb_each_other(page: Any, visit: Any, lab: Laboratory) -> None:
    other = visit.new_page()
    other.goto(lab.origin)
    other.locator(ALL).wait_for(timeout=PATIENCE)
    first = other.inner_text("#headline")
    press(page, ".handle", "Home")
    assert other.inner_text("#headline") == first
    assert page.inner_text("#headline") != first
    assert "case.yaml" in other.input_value("#text")
    assert "trigger" not in other.input_value("#text")
    other.close()


def test_what_is_saved_loads_with_the_same_digest(page: Any, place: Path) -> None:
    press(page, ".handle", "PageUp")
    expected = load_text(page.input_value("#text"), place / "any.yaml").digest
    original = (place / "case.yaml").read_bytes()
    for name, said in (("case", "there is a scenario case already"), ("later", "Saved as")):
        page.click("#save")
        page.fill("#name", name)
        page.click("#saving button[value=save]")
        page.get_by_text(said).wait_for()
        page.click("#close")
    assert load(place / "later.yaml").digest == expected
    assert (place / "case.yaml").read_bytes() == original
    command = page.locator("#saved code").text_content()
    assert command.startswith("reprisal run")
    assert "--seed 2" in command
    (place / "later.yaml").unlink()


def test_the_address_brings_back_what_was_seen(page: Any) -> None:
    press(page, ".handle", "PageUp")
    said = page.inner_text("#headline")
    page.reload()
    page.locator(ALL).wait_for(timeout=PATIENCE)
    assert page.inner_text("#headline") == said


def test_every_slider_moves_by_keyboard(page: Any) -> None:
    sliders = page.locator("#controls input[type=range]")
    assert sliders.count() == 8
    for number in range(sliders.count()):
        slider = sliders.nth(number)
        before = slider.get_attribute("aria-valuetext")
        slider.focus()
        page.keyboard.press("ArrowLeft")
        if slider.get_attribute("aria-valuetext") == before:
            page.keyboard.press("ArrowRight")
        assert slider.get_attribute("aria-valuetext") != before
    page.click("#reset")
    at_rest(page)
    assert page.locator(".control.moved").count() == 0


def test_a_run_plays_and_stops_where_it_cannot_be_seen(page: Any) -> None:
    page.locator("body[data-played]").wait_for(timeout=PATIENCE)
    hour = page.locator("#player input")
    before = int(hour.input_value())
    page.click("#player button")
    page.wait_for_timeout(700)
    assert int(hour.input_value()) > before + 1
    page.evaluate("() => { Object.defineProperty(document, 'hidden', { value: true });"
                  " document.dispatchEvent(new Event('visibilitychange')); }")  # fmt: skip
    stopped = int(hour.input_value())
    page.wait_for_timeout(400)
    assert int(hour.input_value()) == stopped
    assert page.locator("#player .log li").count() > 0


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everybody_can_use_it(page: Any, size: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size(size)
    states = {
        "first": lambda: None,
        "moved": lambda: press(page, ".handle", "PageUp"),
        "wrong": lambda: (page.fill("#text", "extends: case.yaml\ntitel: x\n"),
                          page.locator("body.stale").wait_for()),
    }  # fmt: skip
    for state, reach in states.items():
        reach()
        found = page_scan(Axe(), page)
        assert found == [], state
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= size["width"], state


def page_scan(axe: Any, page: Any) -> list[str]:
    """List what axe finds; what is dimmed because it is out of date need not be contrasty."""
    found = axe.run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found
        for node in each["nodes"]
        if not (each["id"] == "color-contrast" and page.locator("body.stale").count())
    ]


def test_an_interrupt_in_the_middle_is_silent(browser: Any, place: Path) -> None:
    with laboratory(place / "case.yaml", place) as own:
        context = browser.new_context()
        page = context.new_page()
        page.goto(own.address)
        page.locator(ALL).wait_for(timeout=PATIENCE)
        page.locator(".handle").focus()
        page.keyboard.press("PageUp")
        page.wait_for_timeout(30)
        assert own.end() == 0
        said = own.errors.read_text().splitlines()
        assert said == ["Open this address in a browser; it works once. Ctrl-C ends the page."]
        page.keyboard.press("PageUp")  # all may have been answered before
        page.locator("#state.bad").wait_for()
        context.close()


def test_a_report_that_moves_asks_for_nothing(browser: Any, tmp_path: Path) -> None:
    base = load("two-groups")
    without = scenario.with_values(base, {f"{CALL}.enabled": False})
    *_, held = batch.in_memory([replace(without, name="without"), base], 20)
    moving = live(analysis.from_tables(held), "without")
    file = tmp_path / "report.html"
    file.write_text(html(Page("A report", [], []), moving), encoding="utf-8")
    page = browser.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text))
    page.goto(file.as_uri())
    page.locator("#live-map svg").wait_for()
    assert asked == [file.as_uri()]
    assert page.locator("#live-course .curve").count() == 2
    page.get_by_role("button", name="difference").click()
    assert "difference" in page.inner_text("#live-key")
    page.locator("#live-player button").click()
    page.wait_for_timeout(400)
    assert wrong == []
    page.close()
