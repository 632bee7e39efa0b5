"""What all tests share: how many examples are tried, and machine code that is made once."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import settings

from sim import engine

settings.register_profile("few", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=500, deadline=None)
settings.load_profile("few")


def pytest_configure(config: pytest.Config) -> None:
    """Compile before workers start, each kind in a process of its own; workers load the code."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        kinds = [kind for kind in (engine.RUNS, engine.PHASES) if not engine.is_ready(kind)]
        code = "import sys; from sim import engine; engine.prepare(sys.argv[1])"
        compilers = [subprocess.Popen([sys.executable, "-c", code, kind]) for kind in kinds]
        assert {compiler.wait() for compiler in compilers} <= {0}
