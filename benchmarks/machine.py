"""What the figures were measured on and with."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

VECTORS = ("avx2", "avx512f")


def processor() -> tuple[str, list[str]]:
    """Name of the processor and those of its vector extensions that matter here."""
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return platform.processor() or platform.machine(), []
    fields = dict(
        (part.strip() for part in line.split(":", 1))
        for line in path.read_text().splitlines()
        if ":" in line
    )
    flags = fields.get("flags", "").split()
    name = f"{fields.get('model name', platform.machine())}"
    family = f"family {fields.get('cpu family', '?')} model {fields.get('model', '?')}"
    return f"{name} ({family})", [flag for flag in VECTORS if flag in flags]


def installed(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def compiler() -> str:
    if shutil.which("gcc") is None:
        return "no gcc"
    said = subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True, check=True)
    return f"gcc {said.stdout.strip()}"


def notes(load_before: float) -> list[str]:
    """Lines on processor, load and versions."""
    name, vectors = processor()
    packages = ", ".join(installed(p) for p in ("mesa", "numpy", "numba", "llvmlite"))
    return [
        f"- Processor: {name}, {os.cpu_count()} cores seen, {' and '.join(vectors) or 'no AVX2'}.",
        f"- Load average (1 minute): {load_before:.1f} before, {os.getloadavg()[0]:.1f} after.",
        f"- Python {platform.python_version()}, {packages}, {compiler()}.",
    ]
