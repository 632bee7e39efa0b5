"""The manifest of a results folder: what was asked for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from sim import __version__, shipped
from sim.records import TABLES
from sim.scenario.problems import nearest
from sim.store import files, sums
from sim.store.files import StoreError

FORMAT = 4
FILE_NAME = "manifest.json"
MAX_SEED = 2**32 - 1
# Of one scenario, all points together: some 150 GB.
MAX_REPLICATES = 100_000_000
STOCK = "the stock model"
_DIGITS = 12
# The last entry is the SHA-256 of the text without it.
_SEAL = re.compile(r',\n  "sha256": "([0-9a-f]{64})"(?=\n}\n\Z)')


class DamagedError(StoreError):
    """A manifest that is lost or not as it was written."""


class UserModel(Protocol):
    """A user's own class of model, as `sim.ownmodel.find` gives it."""

    @property
    def name(self) -> str:
        """Module and class."""

    @property
    def class_name(self) -> str:
        """The class."""

    @property
    def file(self) -> str:
        """The module's file."""

    @property
    def source(self) -> bytes:
        """What is in it."""

    @property
    def sha256(self) -> str:
        """Its SHA-256, in hexadecimal digits."""


class Entry(BaseModel):
    """One scenario of the batch.

    ``hash`` (short) and ``digest`` identify its settings, ``replicates`` is how many were
    last asked for; ``source``, ``parents`` and ``overrides`` tell how it came about.
    """

    name: Annotated[str, AfterValidator(files.safe_name)]
    title: str
    hash: str
    digest: str
    replicates: Annotated[int, Field(ge=0, le=MAX_REPLICATES)]
    source: str
    parents: list[str]
    overrides: list[str]


class ModelEntry(BaseModel):
    """The user's class that made the runs: module and class, and its file."""

    name: str
    file: str
    sha256: str

    @classmethod
    def of(cls, model: UserModel | None) -> ModelEntry | None:
        """Write down a user's class; None for the stock model."""
        if model is None:
            return None
        return cls(name=model.name, file=Path(model.file).name, sha256=model.sha256)

    @property
    def class_name(self) -> str:
        """The class without its module."""
        return self.name.rpartition(":")[2]

    @property
    def text(self) -> str:
        """The class, its file and the file's hash."""
        return f"{self.name} ({self.file}, SHA-256 {self.sha256})"


def model_change(stored: ModelEntry | None, now: ModelEntry | None, copy: Path) -> str:
    """Tell how the model that is to run differs from the one that ran, whose file is a copy."""
    if stored is None or now is None:
        before, after = (STOCK if entry is None else entry.name for entry in (stored, now))
        return "" if before == after else f"{before} -> {after}"
    if stored.class_name != now.class_name:
        return f"{stored.name} -> {now.name}"
    if stored.sha256 == now.sha256:
        return ""
    hashes = f"SHA-256 {stored.sha256[:_DIGITS]} -> {now.sha256[:_DIGITS]}"
    return f"the file of {now.name} has changed ({hashes}); the file that ran is {copy}"


class Manifest(BaseModel):
    """The whole manifest; ``model`` is None for the stock one, ``ticks`` tells if there are any."""

    format: int = FORMAT
    reprisal: str = __version__
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)]
    model: ModelEntry | None = None
    ticks: Annotated[bool, Field(exclude_if=bool)] = True
    scenarios: list[Entry] = []

    def entry(self, name: str) -> Entry:
        """Find a scenario."""
        for entry in self.scenarios:
            if entry.name == name:
                return entry
        known = ", ".join(entry.name for entry in self.scenarios) or "none"
        raise StoreError(f"no scenario {name!r} in these results; there are: {known}")

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that are stored."""
        return tuple(name for name in TABLES if self.ticks or name != "ticks")

    @property
    def settings(self) -> dict[str, str]:
        """What made the runs of each scenario, in words that no other batch has."""
        model = "" if self.model is None else f", model {self.model.class_name} {self.model.sha256}"
        return {e.name: f"seed {self.seed}, settings {e.digest}{model}" for e in self.scenarios}

    def contradicts(self, other: Manifest) -> bool:
        """Tell whether two manifests cannot be of one batch, earlier and later."""
        ours, theirs = self.settings, other.settings
        alike = all(ours[name] == theirs[name] for name in ours.keys() & theirs.keys())
        common = (self.seed, self.model, self.ticks) == (other.seed, other.model, other.ticks)
        return not (alike and common)


def now() -> datetime:
    """Give the present moment in UTC."""
    return datetime.now(UTC)


def absent(folder: Path) -> str:
    """Say that a results folder is not there, and which one may have been meant."""
    if shipped.is_name(folder) and folder.name in shipped.names():
        return f"{folder} is a scenario, not a results folder; 'reprisal run' makes one of it"
    near = nearest(folder.name, _results_in(folder.parent))
    meant = f" (did you mean {folder.parent / near}?)" if near else ""
    return f"{folder} does not exist{meant}"


def _results_in(folder: Path) -> list[str]:
    """List the results folders in a folder."""
    try:
        return [path.parent.name for path in folder.glob(f"*/{FILE_NAME}")]
    except OSError:
        return []


def read(folder: Path) -> Manifest:
    """Read the manifest of a results folder."""
    path = folder / FILE_NAME
    try:
        text = files.read_text(path)
    except FileNotFoundError:
        if not folder.exists():
            raise StoreError(absent(folder)) from None
        held = min(_results_in(folder), default="")
        inside = f"; it holds some, such as {folder / held}" if held else ""
        what = f"is not a results folder: it has no {FILE_NAME}{inside}"
        raise DamagedError(f"{folder} {what}") from None
    except NotADirectoryError:
        what = "is a file, not a results folder; 'reprisal run' makes one of a scenario"
        raise StoreError(f"{folder} {what}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedError(f"{path} cannot be read: {error}") from error
    sealed = _SEAL.search(text)
    genuine = sealed is not None and sums.digest(_SEAL.sub("", text)) == sealed[1]
    try:
        version = _Version.model_validate_json(text).format
        if version != FORMAT and (genuine or not sealed):
            raise StoreError(_other_format(path, version))
        contents = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the text"
        raise DamagedError(f"{path} is damaged: {place}: {first['msg']}") from None
    if not genuine:
        raise DamagedError(f"{path} is damaged: it is not as it was written")
    return contents


def _other_format(path: Path, version: int) -> str:
    if version > FORMAT:
        what = "use a newer version of reprisal"
    else:
        what = "an older version of reprisal made it; run the batch again with another --out"
    return f"{path} has format {version}, and this program reads format {FORMAT}: {what}"


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, unless it is already so."""
    files.write_text_if_other(folder / FILE_NAME, text_of(manifest))


def text_of(manifest: Manifest) -> str:
    """Write the manifest as its file holds it."""
    text = manifest.model_dump_json(indent=2, exclude_none=True) + "\n"
    return f'{text[:-3]},\n  "sha256": "{sums.digest(text)}"\n}}\n'


class _Version(BaseModel):
    format: int
