"""What all tests share: how many examples are tried, what is made once, and how figures look."""

from __future__ import annotations

import gc
import multiprocessing
import subprocess
import sys
from functools import cache
from multiprocessing import forkserver

import pytest
import typer.testing
from hypothesis import settings

from analysis import blocks, files, style
from sim import engine

settings.register_profile("few", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=500, deadline=None)
settings.load_profile("few")
PRINTED = style.RC["savefig.dpi"]


@pytest.fixture(scope="session", autouse=True)
def _coarse_pictures() -> None:
    """Draw the pages of figures with few dots, which say as much to a test."""
    style.RC["savefig.dpi"] = 50


@pytest.fixture(scope="session", autouse=True)
def _one_tree_of_commands() -> None:
    """Build the commands once in a process, as a user's does, not for every line that is tried."""
    typer.testing._get_command = cache(typer.testing._get_command)


@pytest.fixture
def as_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the pages of figures as users get them."""
    monkeypatch.setitem(style.RC, "savefig.dpi", PRINTED)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a page's pictures and files of figures blank, where a test reads words and numbers."""

    def blank(name: str, _: object, caption: str, alt: str) -> blocks.Picture:
        return blocks.Picture(name, caption, alt, b"", 1, 1)

    monkeypatch.setattr(blocks, "picture", blank)
    monkeypatch.setattr(files, "render", lambda _, formats: dict.fromkeys(formats, b""))


def pytest_configure(config: pytest.Config) -> None:
    """Compile before workers start, each kind in a process of its own; workers load the code."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        kinds = [kind for kind in (engine.RUNS, engine.PHASES) if not engine.is_ready(kind)]
        code = "import sys; from sim import engine; engine.prepare(sys.argv[1])"
        compilers = [subprocess.Popen([sys.executable, "-c", code, kind]) for kind in kinds]
        assert {compiler.wait() for compiler in compilers} <= {0}
    elif hasattr(config, "workerinput") and "forkserver" in multiprocessing.get_all_start_methods():
        forkserver.set_forkserver_preload(["tests.preloaded"])
        forkserver.ensure_running()


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not among the objects of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
