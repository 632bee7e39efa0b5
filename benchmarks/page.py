"""How long the laboratory page takes: ``python -m benchmarks.page``; needs Chromium.

Seconds from the command to the address and to the first 200 pairs of runs, and from a key on the
handle of the call to the first new numbers and to all 200 pairs, as the page itself counts them.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.tables import spread, table
from sim import engine
from tests.browser import CHROMIUM, ROOT, laboratory

WATCH = """key => new Promise(done => {
  const body = document.body, drawn = body.dataset.drawn, begun = performance.now();
  let first = null;
  const look = new MutationObserver(() => {
    first ??= body.dataset.drawn !== drawn ? performance.now() - begun : null;
    if (first === null || body.dataset.settled !== body.dataset.version) return;
    look.disconnect();
    done([first, performance.now() - begun]);
  });
  look.observe(body, { attributes: true });
  const handle = document.querySelector(".handle");
  handle.focus();
  handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
})"""


def opened(folder: Path) -> tuple[float, float, list[list[float]]]:
    """Open the page once, press some keys, and give the seconds that things took."""
    from playwright.sync_api import sync_playwright

    begun = time.perf_counter()
    with laboratory(ROOT / "scenarios" / "iraq-2022.yaml", folder) as lab, sync_playwright() as own:
        address = time.perf_counter() - begun
        page: Any = own.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]).new_page(
            viewport={"width": 1400, "height": 900}
        )
        page.goto(lab.address)
        page.locator('body[data-runs="200"]').wait_for(timeout=300_000)
        first = time.perf_counter() - begun
        page.locator("body[data-played]").wait_for(timeout=300_000)
        keys = ["ArrowLeft", "ArrowLeft", "PageDown", "ArrowRight", "PageUp"]
        waited = []
        for key in keys:
            waited.append([milliseconds / 1e3 for milliseconds in page.evaluate(WATCH, key)])
            page.wait_for_timeout(1_000)
        return address, first, waited


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    engine.prepare()
    load = os.getloadavg()[0]
    rounds = []
    for _ in range(arguments.rounds):
        with TemporaryDirectory() as folder:
            rounds.append(opened(Path(folder)))
    keys = [pair for _, _, waited in rounds for pair in waited]
    rows = [
        ["the address is printed", spread([each[0] for each in rounds])],
        ["the first 200 pairs of runs are drawn", spread([each[1] for each in rounds])],
        ["after a key: first numbers", spread([pair[0] for pair in keys])],
        ["after a key: all 200 pairs", spread([pair[1] for pair in keys])],
    ]
    print("\n".join(table(["", "seconds, median [least..largest]"], rows)))
    print(f"\nLoad average before: {load:.1f}; {len(rounds)} starts, {len(keys)} keys.")


if __name__ == "__main__":
    main()
