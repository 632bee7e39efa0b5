"""What a batch asks for, checked against itself and against what the folder holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim import scenario, shipped
from sim.scenario.designs import sampling
from sim.scenario.designs.sampling import Points
from sim.scenario.loading import Loaded
from sim.store import names
from sim.store.manifest import (
    MAX_REPLICATES,
    MAX_SEED,
    Entry,
    Manifest,
    ModelEntry,
    StoreError,
)

if TYPE_CHECKING:
    from sim.store.provenance import UserModel

SCENARIOS = "scenarios"
DESIGNS = "designs"
MODEL = "model.py"
STOCK = "the stock model"
_DIGITS = 12


@dataclass(frozen=True)
class Plan:
    """What a command would do to a results folder; nothing is written to make it.

    ``missing`` are the replicates to run by scenario, ``done`` counts those that exist,
    ``runs_per_second`` is the last session's rate, None when there was none.
    """

    folder: Path
    contents: Manifest
    missing: dict[str, list[int]]
    done: dict[str, int]
    runs_per_second: float | None

    @property
    def runs(self) -> int:
        """Runs to do."""
        return sum(len(replicates) for replicates in self.missing.values())


def check_request(loadeds: Sequence[Loaded], seed: int, replicates: int) -> None:
    """Check that the numbers are possible and that the names can name files."""
    if not loadeds:
        raise StoreError("a batch needs at least one scenario")
    if not 0 <= seed <= MAX_SEED:
        raise StoreError(f"seed must be 0 to {MAX_SEED}, got {seed}")
    if not 1 <= replicates <= MAX_REPLICATES:
        raise StoreError(f"replicates must be 1 to {MAX_REPLICATES}, got {replicates}")
    runs = replicates * max(loaded.points for loaded in loadeds)
    if runs > MAX_REPLICATES:
        raise StoreError(f"{runs:,} runs of one scenario are too many, up to {MAX_REPLICATES:,} go")
    seen: dict[str, str] = {}
    for name in (loaded.name for loaded in loadeds):
        try:
            names.checked(name)
        except ValueError as error:
            raise StoreError(str(error)) from None
        if name.casefold() in seen:
            raise StoreError(f"two scenarios are called {seen[name.casefold()]!r} and {name!r}")
        seen[name.casefold()] = name


def in_use(folder: Path) -> bool:
    """Tell whether a folder holds anything."""
    try:
        return any(not path.name.startswith(".") for path in folder.iterdir())
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise StoreError(f"{folder} is a file, not a folder") from None


def check_conflicts(
    folder: Path,
    contents: Manifest,
    loadeds: Sequence[Loaded],
    seed: int,
    model: UserModel | None = None,
) -> None:
    """Check that a batch continues what a folder holds."""
    lines = []
    if contents.seed != seed:
        lines.append(f"  seed: {contents.seed} -> {seed}")
    change = model_change(folder, contents.model, model)
    if change:
        lines.append(f"  model: {change}")
    stored = {entry.name.casefold(): entry for entry in contents.scenarios}
    for loaded in loadeds:
        entry = stored.get(loaded.name.casefold())
        if entry and entry.name != loaded.name:
            lines.append(f"  scenario {loaded.name}: already there as {entry.name}")
        elif entry and entry.digest != loaded.digest:
            lines.append(f"  scenario {loaded.name}:")
            lines.extend(f"    {line}" for line in _changes(folder, entry, loaded))
    if lines:
        raise StoreError(
            "\n".join(
                [
                    f"{folder} holds results of other settings (stored -> now):",
                    *lines,
                    "Name another folder (--out; --table in calibrate), or remove this one.",
                ]
            )
        )


def entry_of(model: UserModel | None) -> ModelEntry | None:
    """Write down a user's class for a manifest; None for the stock model."""
    if model is None:
        return None
    return ModelEntry(name=model.name, file=Path(model.file).name, sha256=model.sha256)


def model_change(folder: Path, stored: ModelEntry | None, model: UserModel | None) -> str:
    """Tell how the model that is to run differs from the one that made the runs of a folder."""
    now = entry_of(model)
    if stored is None or now is None:
        before, after = (STOCK if entry is None else entry.name for entry in (stored, now))
        return "" if before == after else f"{before} -> {after}"
    if stored.class_name != now.class_name:
        return f"{stored.name} -> {now.name}"
    if stored.sha256 == now.sha256:
        return ""
    hashes = f"SHA-256 {stored.sha256[:_DIGITS]} -> {now.sha256[:_DIGITS]}"
    return f"the file of {now.name} has changed ({hashes}); as it ran it is {folder / MODEL}"


def _changes(folder: Path, entry: Entry, loaded: Loaded) -> list[str]:
    stored = stored_scenario(folder, entry)
    return scenario.diff_between(stored, loaded)


def merged(contents: Manifest, loadeds: Sequence[Loaded], replicates: int) -> Manifest:
    """Enter a batch into a manifest."""
    entries = {entry.name: entry for entry in contents.scenarios}
    for loaded in loadeds:
        entries[loaded.name] = Entry(
            name=loaded.name,
            title=loaded.scenario.title,
            hash=loaded.hash,
            digest=loaded.digest,
            replicates=replicates * loaded.points,
            source="" if loaded.path is None else shipped.label(loaded.path),
            parents=[shipped.label(parent) for parent in loaded.parents],
            overrides=list(loaded.overrides),
        )
    return contents.model_copy(update={"scenarios": list(entries.values())})


def stored_scenario(folder: Path, entry: Entry) -> Loaded:
    """Load a scenario back from a results folder."""
    path = scenario_path(folder, entry.name)
    try:
        loaded = scenario.load(path)
    except scenario.ScenarioError as error:
        raise StoreError(f"the stored scenario {path} cannot be read:\n{error}") from error
    if loaded.digest != entry.digest:
        raise StoreError(
            f"{path} was edited after it ran: its results would no longer fit it;"
            " put it back, or copy it to scenarios/ and run it from there"
        )
    return loaded


def points_of(folder: Path, loaded: Loaded) -> Points | None:
    """Read the points of a scenario's design from a results folder."""
    if loaded.design is None:
        return None
    try:
        return sampling.read(points_path(folder, loaded.name), loaded.design)
    except (OSError, ValueError) as error:
        raise StoreError(f"the points of scenario {loaded.name} cannot be read: {error}") from error


def points_path(folder: Path, name: str) -> Path:
    """Give the place of the points of a scenario's design."""
    return folder / DESIGNS / f"{name}.csv"


def scenario_path(folder: Path, name: str) -> Path:
    """Give the place of a stored scenario."""
    return folder / SCENARIOS / f"{name}.yaml"
