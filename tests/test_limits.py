"""Input that is made to do harm is refused with a clear error before it costs much."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reprisal.app import app
from sim import store
from sim.scenario import ScenarioError, load
from sim.scenario.inheritance import MAX_FILES
from sim.scenario.places import plain_data
from sim.scenario.problems import MAX_PROBLEMS
from sim.scenario.reading import MAX_BYTES, read_file
from sim.scenario.variants import expand
from sim.scenario.writing import write_yaml
from sim.store import StoreError
from sim.store.manifest import MAX_REPLICATES

SMALL = Path(__file__).parent / "broken" / "parents" / "small.yaml"
TEXT = SMALL.read_text(encoding="utf-8")
LARGEST = MAX_BYTES - 100
THOUSAND = ",".join(map(str, range(1, 1001)))


def filled(piece: str) -> str:
    return piece * (LARGEST // len(piece))


HARMFUL = {
    "brackets": filled("["),
    "braces": filled("{a: "),
    "dashes": filled("- "),
    "question marks": filled("? "),
    "indents": "".join(f"{' ' * depth}a:\n" for depth in range(1300)),
    "two-step bomb": f"a: &a [{'x,' * 300}]\nb: [{'*a,' * 300}]\n",
    "bomb of keys": f"a: &a {{{', '.join(f'k{i}: 1' for i in range(300))}}}\n"
    f"b:\n  <<: [{', '.join(['*a'] * 300)}]\n",
    "as many keys as fit": "".join(f"{i:x}:\n" for i in range(2**18))[:LARGEST] + "\n",
    "unknown keys": TEXT + "".join(f"k{i}: 1\n" for i in range(5000)),
    "one key many times": filled("a: 1\n"),
    "tags": filled("a: !!python/object/apply:os.system [ls]\n"),
    "directives": filled("%A b\n"),
    "comment": filled("#"),
    "blank lines": filled("\n"),
    "long text": f"title: {'x' * LARGEST}",
    "long number": f"title: {'1' * LARGEST}",
    "long key": f'"{"k" * LARGEST}": 1',
    "open quote": f"'{'x' * LARGEST}",
    "documents": filled("---\n"),
    "unknown neighbours": TEXT.replace("neighbours: [", f"neighbours: [{'nowhere, ' * 5000}", 1),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_harmful_text_is_refused_with_few_short_lines(tmp_path: Path, name: str):
    file = tmp_path / "harmful.yaml"
    file.write_text(HARMFUL[name], encoding="utf-8")
    assert file.stat().st_size <= MAX_BYTES
    with pytest.raises(ScenarioError) as caught:
        load(file)
    lines = str(caught.value).split("\n")
    assert 1 <= len(lines) <= MAX_PROBLEMS + 1
    assert max(len(line) for line in lines) < 2000
    assert all(line.isprintable() and line.startswith(str(file)) for line in lines)


def test_a_bomb_costs_no_memory(tmp_path: Path):
    steps = "".join(f"a{i}: &a{i} [{f'*a{i - 1}, ' * 10}]\n" for i in range(1, 20))
    file = tmp_path / "bomb.yaml"
    file.write_text(f"a0: &a0 [{'x, ' * 10}]\n{steps}")
    tracemalloc.start()
    with pytest.raises(ScenarioError, match="once aliases are written out"):
        load(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_file_beyond_the_limit_is_not_even_read(tmp_path: Path):
    file = tmp_path / "huge.yaml"
    with open(file, "wb") as stream:
        stream.truncate(10**11)
    tracemalloc.start()
    with pytest.raises(ScenarioError, match="larger than 1 MB"):
        load(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_more_problems_than_the_first_are_counted_not_listed(tmp_path: Path):
    file = tmp_path / "wrong.yaml"
    file.write_text(TEXT + "".join(f"k{i}: 1\n" for i in range(MAX_PROBLEMS + 50)))
    with pytest.raises(ScenarioError) as caught:
        load(file)
    *listed, last = str(caught.value).split("\n")
    assert len(listed) == MAX_PROBLEMS
    assert last == f"{file}: there are more problems; these are {MAX_PROBLEMS} of them"


def test_a_long_chain_of_files_ends(tmp_path: Path):
    for number in range(MAX_FILES + 1):
        (tmp_path / f"f{number}.yaml").write_text(f"extends: f{number + 1}.yaml\n")
    with pytest.raises(ScenarioError, match=f"more than {MAX_FILES} files extend each other"):
        load(tmp_path / "f0.yaml")


def test_a_scenario_that_its_results_folder_could_not_hold_is_refused(tmp_path: Path):
    base = plain_data(read_file(SMALL)[0])
    truce = {"start": "2024-03-01T00:00", "lasts": "1d"}
    base["truces"] = {f"t{i}": truce for i in range(12_000)}
    file = tmp_path / "long.yaml"
    text = write_yaml({**base, "truces": {}}).replace("truces: {}", "truces: &t {}")
    rows = "".join(f"  t{i}: *t\n" for i in range(12_000))
    first = "  t: &t {start: 2024-03-01T00:00, lasts: 1d}\n"
    file.write_text(text.replace("truces: &t {}\n", f"truces:\n{first}{rows}"))
    with pytest.raises(ScenarioError, match="with every value written out it has"):
        load(file)


@pytest.mark.parametrize("text", ['"\\e[31mred"', '"a\\0b"', '"\\x9b2J"', '"bell\\a"', '"\\x7f"'])
def test_control_characters_are_no_text(tmp_path: Path, text: str):
    file = tmp_path / "loud.yaml"
    file.write_text(TEXT.replace("title:", f"title: {text} #", 1))
    with pytest.raises(ScenarioError, match="title: holds a control character"):
        load(file)


def peak(act: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_more_sweeps_than_can_be_read_are_refused_at_once():
    sweeps = [f"{path}={THOUSAND}" for path in ("reprisal.half_life", "deployment.reserve", "a.b")]

    def asked() -> None:
        with pytest.raises(ScenarioError, match="makes 1,000,000,000 scenarios; the most are"):
            expand([SMALL], sweeps=sweeps)

    assert peak(asked) < 10 * 2**20


def test_many_replicates_are_planned_as_ranges(tmp_path: Path):
    loaded = load(SMALL)

    def plan() -> None:
        planned = store.plan(tmp_path / "results", [loaded], 1, MAX_REPLICATES)
        assert planned.missing == {"small": [(0, MAX_REPLICATES - 1)]}
        assert planned.runs == MAX_REPLICATES

    assert peak(plan) < 100 * 2**20
    with pytest.raises(StoreError, match="replicates must be 1 to 100,000,000, got 100,000,001"):
        store.plan(tmp_path / "results", [loaded], 1, MAX_REPLICATES + 1)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workers", "1001"], "needs at most 1000"),
        (["--replicates", "1000000000"], "replicates must be 1 to 100,000,000"),
        (["--sweep", "a.b=1,2", "--sweep", f"c.d={THOUSAND}"], "makes 2,000 scenarios"),
    ],
)
def test_what_is_too_much_is_refused_before_it_is_done(arguments: list[str], words: str):
    done = CliRunner().invoke(app, ["run", str(SMALL), "--dry-run", *arguments])
    assert done.exit_code == 2
    assert words in done.output


def test_that_many_scenarios_are_read_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.scenario.variants.expand", lambda *_: [load(SMALL)])
    sweep = "deployment.reserve=" + ",".join(map(str, range(1000, 1051)))
    done = CliRunner().invoke(app, ["run", str(SMALL), "--dry-run", "--sweep", sweep])
    assert "Reading 51 scenarios ..." in done.output
