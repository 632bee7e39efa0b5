"""Scenario files, sets and sweeps become an ordered list of named scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import variants
from sim.scenario.designs import short_keys
from sim.scenario.problems import ScenarioError
from sim.scenario.variants import expand, split_values, variant_name
from tests.batches import make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = make(tmp_path, "base").path
    assert path
    return path


def problems(*arguments: object) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        expand(*arguments)  # type: ignore[arg-type]
    return str(caught.value).splitlines()


def test_a_file_alone_is_one_scenario_of_its_name(file: Path) -> None:
    (only,) = expand([file])
    assert (only.name, only.overrides, only.path) == ("base", (), file)


def test_sets_apply_to_every_file_and_change_the_hash(file: Path, tmp_path: Path) -> None:
    other = make(tmp_path, "other", "another question").path
    plain = expand([file, other])
    changed = expand([file, other], ["reprisal.half_life=3d"])
    assert [one.name for one in changed] == ["base+half_life=3d", "other+half_life=3d"]
    assert [one.scenario.reprisal.half_life for one in changed] == [72, 72]
    assert {one.hash for one in plain}.isdisjoint({one.hash for one in changed})


def test_sweeps_make_a_grid_file_by_file_the_last_sweep_fastest(file: Path, tmp_path: Path) -> None:
    other = make(tmp_path, "other").path
    grid = expand(
        [file, other], sweeps=["battle.half_life=1h,2h", "national_shock.strength=0.2,0.5"]
    )
    assert [one.name for one in grid] == [
        f"{stem}+half_life={life}+strength={share}"
        for stem in ("base", "other")
        for life in ("1h", "2h")
        for share in ("0.2", "0.5")
    ]
    last = grid[-1].scenario
    assert (last.battle.half_life, last.national_shock.strength) == (2, 0.5)


def test_a_sweep_comes_with_the_sets(file: Path) -> None:
    (only,) = expand([file], ["battle.enabled=false"], ["reprisal.half_life=3d"])
    assert only.overrides == ("battle.enabled=false", "reprisal.half_life=3d")
    assert not only.scenario.battle.enabled
    assert only.name == "base+enabled=false+half_life=3d"


def test_many_sets_are_counted_in_a_name_that_tells_them_apart(file: Path) -> None:
    sets = ["reprisal.half_life=3d", "battle.half_life=1h", "clock.tick=1h", "battle.enabled=true"]
    (many,) = expand([file], sets)
    (others,) = expand([file], [*sets[:3], "battle.enabled=false"])
    assert many.name.startswith("base+set=4-values-")
    assert many.name != others.name


def test_a_list_and_a_quoted_text_are_single_values(file: Path) -> None:
    pair = expand([file], sweeps=["provinces.city.tile=[0,0],[5,0]"])
    assert [one.name for one in pair] == ["base+tile=-0,0-", "base+tile=-5,0-"]
    assert pair[1].scenario.provinces["city"].tile == [5, 0]
    (named,) = expand([file], ['title="One, two"'])
    assert named.scenario.title == "One, two"
    assert named.name == "base+title=-One,-two-"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a", ["a"]),
        (" a , b ", ["a", "b"]),
        ("[1,2],[3, {x: 4,y: 5}]", ["[1,2]", "[3, {x: 4,y: 5}]"]),
        ("\"x,y\",'a,b'", ['"x,y"', "'a,b'"]),
        ("it's,that's", ["it's", "that's"]),
        ('["a,]",2],b', ['["a,]",2]', "b"]),
        ("a,,b", ["a", "", "b"]),
        ("],a", ["]", "a"]),
    ],
)
def test_values_split_at_commas_outside_brackets_and_quotes(text: str, pieces: list[str]) -> None:
    assert split_values(text) == pieces


@given(st.lists(st.from_regex(r"[a-z0-9.]+", fullmatch=True), min_size=1))
def test_joined_values_split_again(values: list[str]) -> None:
    assert split_values(",".join(values)) == values


@pytest.mark.parametrize(
    ("paths", "keys"),
    [
        (["reprisal.half_life"], ["half_life"]),
        (["reprisal.half_life", "battle.half_life"], ["reprisal.half_life", "battle.half_life"]),
        (["a.b.c", "x.b.c", "x.d"], ["a.b.c", "x.b.c", "d"]),
        (["p.a.c", "q.b.c"], ["a.c", "b.c"]),
        (["c", "b.c"], ["c", "b.c"]),
    ],
)
def test_short_keys_grow_until_they_differ(paths: list[str], keys: list[str]) -> None:
    assert short_keys(paths) == keys


@given(st.lists(st.from_regex(r"[ab](\.[ab]){0,3}", fullmatch=True), min_size=1, unique=True))
def test_short_keys_always_differ(paths: list[str]) -> None:
    keys = short_keys(paths)
    assert len(set(keys)) == len(paths)
    assert all(path.endswith(key) for path, key in zip(paths, keys, strict=True))


def test_names_hold_only_characters_that_are_safe_in_a_file_name() -> None:
    assert variant_name("my file", ["at"], ["2022-08-30T13:30"]) == "my-file+at=2022-08-30T13-30"
    assert variant_name("a", ["x", "y"], ["[1, 2]", "é/ü"]) == "a+x=-1,-2-+y=-"


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("reprisal.half_life", "write a sweep as path=a,b,c"),
        ("=1,2", "write a sweep as path=a,b,c"),
        ("reprisal.half_life=", "no values"),
        ("reprisal.half_life=1d,,2d", "value 2 is empty"),
        ("reprisal.half_life=1d,", "value 2 is empty"),
        ("reprisal.half_life=1d,2d,1d", "gives 1d twice"),
    ],
)
def test_a_malformed_sweep_is_one_line(file: Path, sweep: str, message: str) -> None:
    (line,) = problems([file], (), [sweep])
    assert line.startswith(f"--sweep {sweep}: ")
    assert message in line


def test_an_unknown_path_is_told_once_with_the_nearest_name(file: Path) -> None:
    (line,) = problems([file], (), ["reprisal.half_lif=1d,2d", "battle.half_life=1h,2h"])
    assert line.startswith("--sweep reprisal.half_lif ")
    assert "did you mean 'half_life'?" in line


def test_of_the_values_of_a_sweep_each_wrong_one_is_named(file: Path) -> None:
    lines = problems([file], (), ["reprisal.half_life=1d,never,2m2"])
    assert [line.split()[1] for line in lines] == [
        "reprisal.half_life=never",
        "reprisal.half_life=2m2",
    ]


def test_problems_of_all_files_sets_and_sweeps_come_together(file: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(file.read_text().replace('"red": 1.0', '"red": 2.0').replace("1000", "-1"))
    lines = problems([file, wrong], ["battle.half_life=never"], ["reprisal.half_life=1d,bad"])
    assert len(lines) == len(set(lines))
    starts = [line.split(" ")[0].split(":")[0] for line in lines]
    assert starts.count("--set") == 1
    assert starts.count("--sweep") == 1
    assert starts.count(str(wrong)) == 2


def test_two_files_of_one_stem_name_both(file: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "elsewhere", "base").path
    (line,) = problems([file, other])
    assert str(file) in line
    assert str(other) in line


def test_a_path_is_swept_once_and_not_set_as_well(file: Path) -> None:
    (twice,) = problems([file], (), ["battle.half_life=1h", "battle.half_life=2h"])
    assert "swept before" in twice
    (both,) = problems([file], ["battle.half_life=3h"], ["battle.half_life=1h"])
    assert "given by --set as well" in both


def test_values_that_would_give_one_name_are_refused(file: Path) -> None:
    (line,) = problems([file], (), ["measures.call=a b,a/b"])
    assert "measures.call=a b" in line
    assert "measures.call=a/b" in line
    assert "base+call=a-b" in line


def test_nothing_is_loaded_when_the_design_is_wrong(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variants, "load", None)
    assert problems([file], (), ["x="])
