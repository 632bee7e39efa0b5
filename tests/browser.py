"""A browser and a laboratory to test the page with; skipped where there is no browser."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
ROOT = Path(__file__).parents[1]
# Writes down every address that the server asks for.
HOOKED = """\
import sys
log = open(sys.argv.pop(1), "a", buffering=1)
asking = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
sys.addaudithook(lambda event, given: event in asking and print(event, given[-1], file=log))
from reprisal.__main__ import main
main()
"""

needs_browser = pytest.mark.skipif(
    CHROMIUM is None or find_spec("playwright") is None, reason="no Chromium, or no playwright"
)


class Laboratory:
    """A laboratory that runs in a process of its own."""

    def __init__(self, scenario: Path, folder: Path) -> None:
        self.asked, self.errors = folder / "asked.txt", folder / "errors.txt"
        command = [sys.executable, "-c", HOOKED, str(self.asked), "lab", str(scenario)]
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [*command, "--no-browser"], cwd=folder, stdout=subprocess.PIPE, stderr=errors,
                text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.origin = self.address.partition("/?")[0]

    def end(self) -> int:
        """Interrupt it as Ctrl-C does."""
        assert self.process.stdout is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


@contextmanager
def laboratory(scenario: Path, folder: Path) -> Iterator[Laboratory]:
    """Start a laboratory, and end it."""
    made = Laboratory(scenario, folder)
    try:
        yield made
    finally:
        code = made.end()
    assert code == 0, made.errors.read_text()
