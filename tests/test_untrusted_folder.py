"""A results folder from somebody else runs no code, and nothing reads or writes outside it."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import analysis
from reprisal.app import app
from reprisal.wording import say, tell
from sim import batch, store
from sim.records import TABLES
from sim.scenario import load
from sim.store import StoreError, files, locks
from sim.store.checks import repair
from tests.batches import make

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve",
    "jsonpickle",
}  # fmt: skip
FORBIDDEN_CALLS = {
    "eval", "exec", "read_pickle", "to_pickle", "unsafe_load", "full_load", "unpickle",
}  # fmt: skip
# The text of the file that `--model` names, as an import would; tests/test_user_models.py
# shows that nothing in a results folder leads there.
ASKED_FOR = {ROOT / "sim" / "ownmodel.py": {"exec"}}


def sources() -> list[Path]:
    folders = [ROOT / part for part in ("sim", "analysis", "reprisal")]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def suspicious(source: str) -> set[str]:
    """Names in a module that could turn bytes into running code."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names} & FORBIDDEN
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").partition(".")[0]} & FORBIDDEN
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            found |= {name} & FORBIDDEN_CALLS
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            found |= {"allow_pickle"} if getattr(node.value, "value", True) else set()
    return found


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from joblib import load", "pd.read_pickle(p)", "eval(t)",
     "np.load(p, allow_pickle=True)", "import cloudpickle.x"],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(source):
    assert suspicious(source)


def test_no_module_reads_pickles_or_runs_text():
    found = {path: suspicious(path.read_text(encoding="utf-8")) for path in sources()}
    assert {path: names for path, names in found.items() if names} == ASKED_FOR


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    results = store.create_or_open(folder / "results", [make(folder / "files", "base")], 3, 2)
    assert batch.run(results, workers=1).done == 2
    return results.folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "results"))


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return (Path.touch, (self.mark,))


def read_everything(folder: Path) -> None:
    results = store.open(folder)
    results.summary()
    assert list(results.scenarios) == ["base"]
    for table in TABLES:
        results.read(table)
    analysis.load(folder)


def test_planted_pickles_are_not_read(folder: Path, tmp_path: Path):
    mark = tmp_path / "ran"
    payload = pickle.dumps(Bomb(mark))
    pickle.loads(payload)
    assert mark.exists()
    mark.unlink()
    for place in (".", "runs", "runs/base", "scenarios"):
        for name in ("data.pkl", "__init__.py", "000000.pickle", "cache.joblib", "a.npy"):
            (folder / place / name).write_bytes(payload)
    read_everything(folder)
    assert not mark.exists()


@pytest.mark.filterwarnings("ignore:.*PyExtensionType")  # of pyarrow 17
def test_a_pickle_in_the_metadata_of_a_table_is_not_read(folder: Path, tmp_path: Path):
    mark = tmp_path / "ran"
    [path] = (folder / "runs" / "base").glob("*.parquet")
    rows = pq.read_table(path)
    bomb = {
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickle.dumps(Bomb(mark)),
    }
    fields = [field.with_metadata(bomb) for field in rows.schema]
    pq.write_table(pa.table(rows.columns, schema=pa.schema(fields, metadata=bomb)), path)
    with contextlib.suppress(StoreError):
        read_everything(folder)
    assert not mark.exists()


@pytest.mark.parametrize(
    "name",
    ["../base", "..", ".", "", "a/b", "a\\b", "/etc/passwd", "C:evil", "a\n", "a\0", "con",
     "NUL.txt", "com1", "ends.", ".starts", "x" * 201, "caf\u00e9", "a b", "a\u202eb", "~"],
)  # fmt: skip
def test_no_name_leaves_its_folder_or_troubles_a_system(name: str, folder: Path):
    with pytest.raises(ValueError, match="cannot name a file"):
        files.safe_name(name)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["scenarios"][0]["name"] = name
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(StoreError, match=r"manifest.json is damaged: scenarios.0.name"):
        store.open(folder)


@pytest.mark.parametrize("name", ["base", "a=0.5+b=2", "x" * 200, "console", "-1", "2022", "a..b"])
def test_ordinary_names_are_safe(name: str):
    assert files.safe_name(name) == name


@pytest.mark.parametrize("key", ["seed", "replicates"])
def test_a_manifest_with_an_absurd_number_is_damaged(folder: Path, key: str):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    place = manifest if key == "seed" else manifest["scenarios"][0]
    for number in (-1, 10**30):
        place[key] = number
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        with pytest.raises(StoreError, match=key):
            store.open(folder)


def test_a_stored_scenario_may_not_be_exchanged(folder: Path):
    path = folder / "scenarios" / "base.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Two groups", "Three groups"), encoding="utf-8")
    with pytest.raises(StoreError, match="was edited after it ran"):
        _ = store.open(folder).scenarios


def test_the_terminal_gets_no_control_characters(capfd: pytest.CaptureFixture[str]):
    say("one\ntwo \x1b[31m[red]\x07\x9b2J\u202etxt\r")
    tell("\x1b]0;title\x07")
    told, warned = capfd.readouterr()
    assert warned == "one\ntwo \\x1b[31m[red]\\x07\\x9b2J\\u202etxt\\r\n"
    assert told == "\\x1b]0;title\\x07\n"


def test_a_dollar_in_a_label_is_no_formula(tmp_path: Path):
    wild = "a $\\frac{ $ | <b> & \u202e"
    loaded = make(tmp_path / "files", "base", title=wild)
    assert load(loaded.path or "").scenario.title == wild
    cities = {
        "city": {"label": wild, "tile": [0, 0], "population": 1000, "region": wild},
        "hills": {"label": "$$", "tile": [0, 1], "population": 1000, "region": "$"},
    }
    loaded = make(tmp_path / "files", "base", title=wild, provinces=cities)
    results = store.create_or_open(tmp_path / "results", [loaded], 3, 5)
    batch.run(results, workers=1)
    assert analysis.plot([results.folder], out=tmp_path / "figures", formats=("svg",))


def strange(folder: Path, place: str, kind: str, target: Path) -> None:
    path = folder / place
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else target)


@pytest.mark.parametrize(
    "arguments",
    [["verify", "--status"], ["verify"], ["verify", "--repair"], ["plot"], ["run"],
     ["verify", "--repair", "--dry-run"]],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["link", "device", "pipe"])
@pytest.mark.parametrize(
    "place",
    ["manifest.json", ".lock", "running.json", "failures.jsonl", "sessions", "scenarios/base.yaml",
     "runs/base/000000-000004.parquet", "checksums/base", "damaged", "figures"],
)  # fmt: skip
def test_no_link_is_followed_and_no_device_opened(
    folder: Path, tmp_path: Path, place: str, kind: str, arguments: list[str]
):
    target = tmp_path / "mine.txt"
    target.write_text("precious", encoding="utf-8")
    strange(folder, place, kind, target)
    name, *options = arguments
    if name == "run":
        file = make(tmp_path / "files", "base").path
        options = [str(file), "--seed", "3", "--replicates", "2", "--out"]
    done = CliRunner().invoke(app, [name, *options, str(folder)])
    assert done.exit_code == 2, done.output
    assert f"{place} is a {'pipe' if kind == 'pipe' else 'link'}" in done.output
    assert target.read_text(encoding="utf-8") == "precious"
    assert [path.name for path in tmp_path.iterdir() if "damaged" in path.name] == []


@pytest.mark.parametrize("kind", ["link", "device", "pipe"])
def test_a_lock_that_became_a_link_meanwhile_is_not_opened(folder: Path, tmp_path: Path, kind: str):
    target = tmp_path / "mine.txt"
    target.write_text("precious", encoding="utf-8")
    results = store.open(folder)
    strange(folder, ".lock", kind, target)
    with pytest.raises(OSError, match=r"is a link|no ordinary file"):
        list(repair(results))
    strange(folder, "running.json", kind, target)
    assert locks.read(folder) == []
    assert target.read_text(encoding="utf-8") == "precious"


def test_a_file_that_is_too_large_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MAX_BYTES", 100)
    with pytest.raises(StoreError, match="is larger than 100 bytes"):
        store.open(folder)
