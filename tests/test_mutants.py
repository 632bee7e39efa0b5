"""The list of small changes to the step stays usable, and the tests of the step find them."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys

import pytest

from tests import mutants, operators

LIST = mutants.mutants()


@functools.cache
def meaning(file):
    """A file of the step without its comments and layout."""
    return ast.dump(ast.parse((mutants.STEP / file).read_text(encoding="utf-8")))


def test_the_list_is_read_whole():
    text = mutants.LIST.read_text(encoding="utf-8")
    heads = sum(line.partition(" ")[0].endswith(".py") for line in text.splitlines())
    assert len(LIST) == heads >= 100
    assert sum(mutant.telling for mutant in LIST) == 30
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in LIST}) == len(LIST)


@pytest.mark.parametrize("mutant", LIST, ids=lambda mutant: mutant.name)
def test_each_change_is_one_to_the_text_as_it_is(mutant):
    assert ast.dump(ast.parse(mutant.applied())) != meaning(mutant.file)


def test_a_change_whose_text_is_gone_or_stands_twice_is_refused():
    for old in ("no such text", "run"):
        mutant = mutants.Mutant("tick.py", False, "what", old, "other")
        with pytest.raises(ValueError, match=r"tick\.py: what: stands \d+ times"):
            mutant.applied()


def test_every_file_of_the_step_has_a_change():
    files = {path.name for path in mutants.STEP.glob("*.py")} - {"__init__.py"}
    assert {mutant.file for mutant in LIST} == files >= set(mutants.SUBJECTS)


def python(*arguments):
    """What a process of its own says, since changes import the step anew."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=mutants.ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_the_most_telling_changes_are_found():
    code, said = python("-m", "tests.mutants", "--telling")
    assert code == 0, said
    assert "30 changes, 30 found" in said
    assert said.count(": found by test_step_") == 30


@pytest.mark.slow
def test_a_change_without_effect_survives():
    text = """
from tests import mutants, operators
same = mutants.Mutant("log.py", True, "same", "now.tick += 1", "now.tick += 2 - 1")
mutants.mutants = lambda: [same]
raise SystemExit(mutants.main([]))
"""
    code, said = python("-c", text)
    assert (code, "log.py: same: SURVIVED" in said) == (1, True), said


def test_every_operator_gives_one_change():
    text = (
        "def f(a: int = 1) -> int:\n    if not a < 2 and min(a, 3) == a * 4:\n        return -a\n"
    )
    text += "    raise ValueError(f'{a + 1} is no {a - 1}')\n"
    found = dict(operators.changes(text))
    assert set(found) == {
        "1: 1 becomes 2",
        "2: not a < 2 and min(a, 3) == a * 4 becomes not a < 2 or min(a, 3) == a * 4",
        "2: not a < 2 becomes +bool(a < 2)",
        "2: a < 2 becomes a <= 2",
        "2: 2 becomes 3",
        "2: min(a, 3) == a * 4 becomes min(a, 3) != a * 4",
        "2: min becomes max",
        "2: 3 becomes 4",
        "2: a * 4 becomes a / 4",
        "2: 4 becomes 5",
    }
    assert len({ast.dump(ast.parse(changed)) for changed in found.values()}) == len(found)


def test_what_changes_nothing_names_a_change_that_is_made_and_a_reason():
    listed = mutants.equivalent()
    assert listed
    assert all(listed.values())
    made = {each.key: each for file in mutants.everywhere() for each in mutants.operators(file)}
    assert set(listed) <= set(made)
    for key, reason in listed.items():
        assert mutants.why_nothing(made[key]) == reason


def test_of_a_change_that_a_line_allows_twice_the_second_is_numbered(tmp_path, monkeypatch):
    (tmp_path / "two.py").write_text("x = 1\ny = (1, 1)\n")
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    mutants.operators.cache_clear()
    assert [each.key for each in mutants.operators("two.py")] == [
        "two.py: 1 becomes 2 in x = 1",
        "two.py: 1 becomes 2 in y = (1, 1)",
        "two.py: 1 becomes 2 in y = (1, 1) (2)",
    ]


def test_a_sample_is_always_the_same_and_no_larger_than_asked():
    drawn = mutants.sample("sim/outcomes.py", 5)
    assert len(drawn) == 5
    assert drawn == mutants.sample("sim/outcomes.py", 5)
    assert len(mutants.sample("sim/rules/curfew.py", 50)) == 7
    assert len(mutants.sample("sim/rules/curfew.py", 0)) == 7


def test_everywhere_is_every_file_that_computes():
    files = mutants.everywhere()
    assert len(files) == len(set(files)) >= 45
    assert {"sim/outcomes.py", "sim/rules/battle.py", "analysis/comparison/pairs.py"} <= set(files)
    assert not {"sim/rules/__init__.py", "analysis/comparison/page.py"} & set(files)
    assert sum(len(mutants.sample(file, mutants.PER_FILE)) for file in files) >= 250
    for place, left_out in mutants.EVERYWHERE.items():
        assert all((mutants.ROOT / place / f"{name}.py").is_file() for name in left_out)


def test_the_table_counts_by_folder_what_was_found():
    counts = {"sim/step": mutants.Count(7, 1, 0), "sim/rules": mutants.Count(0, 0, 2)}
    assert mutants.table(counts).splitlines()[2:] == [
        "| sim/step | 8 | 7 | 87.5 | 0 |",
        "| sim/rules | 0 | 0 | – | 2 |",
        "| all | 8 | 7 | 87.5 | 2 |",
    ]
    step = mutants.Mutant("tick.py", False, "what", "old", "new")
    rule = mutants.Operator("sim/rules/battle.py", "1: what")
    places = [mutants.place_of(each) for each in (step, rule)]
    assert places == ["sim/step", "sim/rules"]


def test_tests_that_need_the_compiled_engine_are_there():
    texts = [path.read_text(encoding="utf-8") for path in mutants.ROOT.glob("tests/test_*.py")]
    for name in mutants.COMPILED:
        assert any(f"def {name}(" in text for text in texts)


def test_every_file_of_rules_and_statistics_has_tests_beside_it():
    folders = ("sim/rules", "analysis/comparison", "analysis/events/statistics")
    files = [path for folder in folders for path in (mutants.ROOT / folder).glob("*.py")]
    for file in [*files, mutants.ROOT / "sim/outcomes.py", mutants.ROOT / "analysis/intervals.py"]:
        for name in mutants.nearest(file.relative_to(mutants.ROOT).as_posix()):
            assert (mutants.ROOT / "tests" / name).is_file()


@pytest.mark.slow
def test_a_changed_operator_of_another_file_is_found():
    code, said = python("-m", "tests.mutants", "--file", "sim/rules/curfew.py")
    assert code == 0, said
    assert "7 changes, 7 found" in said


@pytest.mark.slow
def test_a_sample_of_everywhere_ends_with_a_table():
    code, said = python("-m", "tests.mutants", "--everywhere", "--only", "sim/rules/curfew.py")
    assert code == 0, said
    assert "| sim/rules | 6 | 6 | 100.0 | 0 |" in said
    assert "| all | 6 | 6 | 100.0 | 0 |" in said
