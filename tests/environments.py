"""Compare results between environments: ``python -m tests.environments --folder DIR``.

Builds an environment with the oldest libraries that pyproject.toml allows and others with the
newest on newer versions of Python (with uv), prints the digests of `tests.digests` as a table
and exits with 1 where a digest that must be equal differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = {
    "oldest": ("3.11", "lowest-direct"),
    "newest-3.12": ("3.12", "highest"),
    "newest-3.13": ("3.13", "highest"),
}
MAY_DIFFER = "bytes of the files"


def call(*command: str | Path, **settings: str) -> str:
    """Run a program and give what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def make(folder: Path, name: str, pythons: dict[str, str]) -> Path:
    """Build an environment and give its interpreter; one that is there is kept."""
    number, resolution = ENVIRONMENTS[name]
    home, wanted = folder / name, folder / f"{name}.txt"
    python = home / "bin" / "python"
    if (folder / f"{name}.made").exists():
        return python
    uv = shutil.which("uv") or Path(sys.executable).with_name("uv")
    options = ("--python-version", number, "--resolution", resolution, "--quiet")
    call(uv, "pip", "compile", *options, "--output-file", wanted, ROOT / "pyproject.toml")
    call(uv, "venv", "--quiet", "--clear", "--python", pythons.get(number, number), home)
    call(uv, "pip", "install", "--quiet", "--python", python, "--requirement", wanted)
    (folder / f"{name}.made").touch()
    return python


def table(found: dict[str, dict[str, Any]]) -> str:
    """Write versions and digests as a Markdown table."""
    names = list(found)
    rows = [["", *names], ["---"] * (len(names) + 1)]
    rows.append(["Python", *(found[name]["python"] for name in names)])
    rows += [
        [library, *(found[name]["libraries"][library] for name in names)]
        for library in found[names[0]]["libraries"]
    ]
    rows += [
        [what, *(f"`{found[name]['digests'][what]}`" for name in names)]
        for what in found[names[0]]["digests"]
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def differing(found: dict[str, dict[str, Any]]) -> list[str]:
    """Name the digests that are not the same everywhere."""
    first = next(iter(found.values()))["digests"]
    return [what for what in first if len({one["digests"][what] for one in found.values()}) > 1]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.environments", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where environments are built")
    parser.add_argument(
        "--python", action="append", default=[], metavar="3.13=PATH", help="an interpreter"
    )
    parser.add_argument("--only", choices=list(ENVIRONMENTS), action="append")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    pythons = dict(text.split("=", 1) for text in asked.python)
    found = {}
    for name in asked.only or ENVIRONMENTS:
        python = make(asked.folder, name, pythons)
        cache = str(asked.folder / f"{name}-numba")
        found[name] = json.loads(call(python, "-m", "tests.digests", REPRISAL_CACHE=cache))
        print(f"{name}: done", file=sys.stderr, flush=True)
    print(table(found))
    wrong = differing(found)
    print(f"\nDiffer: {', '.join(wrong) or 'none'}.")
    raise SystemExit(any(MAY_DIFFER not in what for what in wrong))


if __name__ == "__main__":
    main()
