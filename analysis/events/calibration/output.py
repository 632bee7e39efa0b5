"""Write what a calibration found: tables, pages, and a scenario file of posterior draws."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from numpy.typing import NDArray

from analysis import files, style
from analysis.arrays import Floats
from analysis.chance import generator
from analysis.evaluationpage import write_evaluation
from analysis.events.calibration import checks, figures, likelihood, reference, scored
from analysis.events.calibration.inference import train
from analysis.events.calibration.proof import Proof, prove
from analysis.events.calibration.reported import Reported
from analysis.events.calibration.result import Result
from analysis.frames import Frames
from analysis.kinds import USUAL
from sim import shipped
from sim.scenario.designs import LISTED, Design, Range
from sim.scenario.writing import write_yaml
from sim.store.files import write_text

if TYPE_CHECKING:
    from analysis.events.calibration.reference import Reference
    from sim.scenario import Loaded
    from sim.targets import Targets

_DIGITS, _FEW = 5, 3  # of draws, and of the numbers that a file has
PER_WAVE = 40_000  # numbers; a scenario file holds no more than 50,000


def write_posterior(
    result: Result, out: str | Path, draws: int, seed: int = 1, formats: Sequence[str] = USUAL
) -> tuple[list[Path], Path]:
    """Write the posterior: tables, the pair plot, and a scenario file of posterior draws."""
    folder = Path(out)
    tables = {
        "posterior.csv": result.sample(),
        "parameters.csv": result.summary(),
        "diagnostics.csv": result.diagnostics(),
    }
    for old in folder.glob("checks.*"):  # of another posterior
        old.unlink()
    paths = result.data.write(tables, folder)
    shares = drawn(result, draws, seed)
    name = write_draws(result, shares, folder, "posterior")
    with style.context():
        figure = figures.pairs(result.reference.design, shares, result.posterior, _title(result))
    return [name, *paths, *files.write_figures(folder, [("posterior", figure)], formats)], name


def drawn(result: Result, draws: int, seed: int = 1) -> Floats:
    """Give the draws of `write_posterior`, as places within the prior's ranges."""
    rows = result.posterior.resample(draws, generator(seed, "posterior"))
    return result.posterior.shares[rows]


def write_draws(result: Result, shares: Floats, out: str | Path, name: str) -> Path:
    """Write a scenario file, ``<scenario>-<name>.yaml``, of one draw or of several."""
    folder, loaded = Path(out), result.reference.loaded
    path = folder / f"{loaded.name}-{name}.yaml"
    if len(shares) > 1:
        text = scenario_text(loaded, shares, folder)
    else:
        text = best_text(loaded, shares[0], folder)
    write_text(path, text)
    return path


def scenario_text(loaded: Loaded, shares: Floats, folder: Path, own: Floats | None = None) -> str:
    """Write a scenario that is run at posterior draws.

    Its own numbers tell later which numbers of the scenario were edited since.
    """
    design = loaded.design
    assert design is not None
    values = reference.values(design, shares)
    before = [each.base for each in design.ranges] if own is None else _values(design, own)
    listed = {
        varied.path: [design.write(varied, _short(varied, v, _DIGITS)) for v in column.tolist()]
        for varied, column in zip(design.ranges, values.T, strict=True)
    }
    head = f"{len(shares)} posterior draws of {len(listed)} parameters of"
    body = {
        "question": "How are outcomes distributed given what the data say of the parameters?",
        **_numbers(design, before),
        "design": {"method": LISTED, "values": listed},
    }
    return _extending(loaded, folder, f"# {head} {{}}.", "calibrated", body)


def best_text(loaded: Loaded, shares: Floats, folder: Path) -> str:
    """Write a scenario with the numbers of one draw, shape (parameters,); as `scenario_text`."""
    design = loaded.design
    assert design is not None
    head = "# The draw at which runs of {} are most often as reported."
    body = _numbers(design, _values(design, shares))
    return _extending(loaded, folder, head, "best draw", body)


def _values(design: Design, shares: Floats) -> list[float]:
    found = zip(design.ranges, reference.values(design, shares[None])[0].tolist(), strict=True)
    return [_short(varied, value, _FEW) for varied, value in found]


def _numbers(design: Design, values: Sequence[float]) -> dict[str, Any]:
    """Arrange numbers as a scenario file has them."""
    body: dict[str, Any] = {}
    for varied, value in zip(design.ranges, values, strict=True):
        inner = body
        for step in varied.steps[:-1]:
            inner = inner.setdefault(step, {})
        inner[varied.steps[-1]] = design.write(varied, value)
    return body


def _extending(loaded: Loaded, folder: Path, head: str, title: str, body: Mapping[str, Any]) -> str:
    """Write a scenario over the one that was calibrated; the head has a place for its file."""
    path = loaded.path
    assert path is not None
    relative = Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    first = {
        "extends": shipped.label(path) if shipped.is_installed(path) else relative,
        "title": f"{loaded.scenario.title}: {title}",
    }
    return f"{head.format(path.name)}\n\n{write_yaml({**first, **body})}"


def write_checks(
    result: Result, frames: Frames, out: str | Path, formats: Sequence[str] = USUAL
) -> tuple[list[Path], pd.DataFrame]:
    """Compare the data with runs at posterior draws."""
    data, folder = result.data, Path(out)
    if isinstance(data, Reported):
        paths, table = write_evaluation(frames, data.file, folder, formats)
        return paths, table.assign(unlike=~table["inside_90"].fillna(True).astype(bool))
    _, events = reference.draws(frames)
    table = checks.predictive(data.names, data.statistics.of(events), data.point)
    table = table.assign(unlike=table["p"] < checks.UNLIKE)
    paths = files.write_texts(folder, {"checks.csv": files.csv(table)})
    with style.context():
        figure = figures.checks(table, events, data, _title(result))
    return paths + files.write_figures(folder, [("checks", figure)], formats), table


def write_score(
    shown: Mapping[str, Frames], targets: Targets, out: str | Path
) -> tuple[list[Path], pd.DataFrame]:
    """Write how probable targets are in several sets of runs, by `scored.table`."""
    probabilities = scored.table(shown, targets)
    return files.write_texts(Path(out), {"score.csv": files.csv(probabilities)}), probabilities


def write_proof(
    runs: Reference,
    table: NDArray[Any],
    sets: int,
    out: str | Path,
    seed: int = 1,
    formats: Sequence[str] = USUAL,
    tell: Callable[[int, int], None] | None = None,
) -> tuple[list[Path], Proof]:
    """Calibrate to runs whose parameters are known, and write how well they are found again."""
    folder = Path(out)
    if table.dtype == bool:
        learn: Any = partial(likelihood.learn, seed=seed, score=False)
    else:
        learn = partial(train, seed=seed)
    proof = prove(runs.paths, table, runs.shares, sets, learn, tell)
    tables = {"ranks.csv": proof.ranks(), "coverage.csv": proof.coverage()}
    paths = files.write_texts(folder, {name: files.csv(rows) for name, rows in tables.items()})
    with style.context():
        shown = [
            ("ranks", figures.ranks(proof, runs.loaded.name)),
            ("recovery", figures.recovery(proof, runs.design, runs.loaded.name)),
        ]
    return paths + files.write_figures(folder, shown, formats), proof


def _title(result: Result) -> str:
    return f"{result.reference.loaded.name} calibrated to {result.data.name}"


def _short(varied: Range, value: float, digits: int) -> float:
    """Keep some digits, of a rate per day: a file that can be read."""
    days = 24 if varied.kind == "rate" else 1
    return float(Fraction(f"{value * days:.{digits}g}") / days)
