"""Whatever is in a file or an override, loading gives a scenario or a ScenarioError."""

from __future__ import annotations

import copy
import random
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.scenario import Loaded, Problem, ScenarioError, dump, from_resolved, load
from sim.scenario.places import Place, plain_data
from sim.scenario.writing import write_yaml
from sim.scenario.yamltree import read_text
from sim.units import format_duration, format_rate, parse_duration, parse_rate

SMALL = Path(__file__).parent / "broken" / "parents" / "small.yaml"
BASE: dict[str, Any] = plain_data(read_text(SMALL.read_text(), Place("small.yaml", 1, 1))[0])
FULL = SMALL.parent / "full.yaml"
RESOLVED: dict[str, Any] = load(FULL).resolved

relaxed = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

SYNTAX = st.sampled_from(
    [
        *["- ", ": ", "\n", "\n  ", "{", "}", "[", "]", ", ", "&a ", "*a", "!", "!!int ", "'", '"'],
        *["<<: ", "? ", "| ", ">", "%YAML 1.1\n", "---\n", "...\n", "\t", "\\x", "\ufeff", "#"],
    ]
)
WORDS = st.sampled_from(
    [
        *["title", "clock", "extends", "orders", "groups", "action", "withdraw", "6h", "-3d"],
        *[
            "north",
            "reds",
            "ruling.upheld",
            "2024-03-01T00:00",
            "true",
            "no",
            "null",
            ".nan",
            "0x1f",
            "all",
            "1e-3",
        ],
    ]
)
YAML_LIKE = st.lists(SYNTAX | WORDS | st.text(max_size=4), max_size=30).map("".join)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**30, -1, 0, 1, 2024])
    | st.floats()
    | WORDS
    | st.text(max_size=10)
)
NAMES = WORDS | st.text(max_size=6) | st.text(string.ascii_lowercase, min_size=1, max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


def outcome(file: Path, overrides: tuple[str, ...] = ()) -> Loaded | None:
    """Load, and hold every problem to the promised form."""
    try:
        return load(file, overrides)
    except ScenarioError as error:
        lines = str(error).split("\n")
        assert len(lines) == len(error.problems) > 0
        for line, problem in zip(lines, error.problems, strict=True):
            assert isinstance(problem, Problem)
            assert line.isprintable()
            assert problem.message in line
        return None


def written(folder: Path, text: str) -> Path:
    file = folder / "fuzzed.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    return file


def places_of(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps: list[Any] = []
    if isinstance(data, dict):
        steps = list(data)
    elif isinstance(data, list):
        steps = list(range(len(data)))
    return [path, *(p for step in steps for p in places_of(data[step], (*path, step)))]


ALL_PLACES = [path for path in places_of(RESOLVED) if path]


def mutated(data: Any, path: tuple[Any, ...], change: str, value: Any, name: str) -> Any:
    data = copy.deepcopy(data)
    holder = data
    for step in path[:-1]:
        holder = holder[step]
    last = path[-1]
    if change == "delete":
        del holder[last]
    elif change == "replace" or isinstance(holder, list):
        holder[last] = value
    else:
        holder[name] = holder.pop(last)
    return data


@relaxed
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "fuzzed.yaml"
    file.write_bytes(content)
    assert outcome(file) is None


@relaxed
@given(YAML_LIKE | st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text(tmp_path: Path, text: str) -> None:
    assert outcome(written(tmp_path, text)) is None


@relaxed
@given(st.integers(0, 10**6), st.integers(1, 8))
def test_a_valid_text_with_characters_changed(tmp_path: Path, seed: int, changes: int) -> None:
    generator = random.Random(seed)
    text = list(SMALL.read_text())
    for _ in range(changes):
        index = generator.randrange(len(text))
        text[index] = generator.choice(["", " ", ":", "\n", "{", "]", "&", "*", "!", "x", "1", "'"])
    outcome(written(tmp_path, "".join(text)))


@relaxed
@given(st.dictionaries(st.sampled_from(list(BASE)) | NAMES, VALUES, max_size=8))
def test_any_structure(tmp_path: Path, data: dict[str, Any]) -> None:
    outcome(written(tmp_path, write_yaml({**BASE, **data})))


@relaxed
@given(
    st.lists(
        st.tuples(
            st.sampled_from(ALL_PLACES),
            st.sampled_from(["delete", "replace", "rename"]),
            VALUES,
            NAMES,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_valid_scenario_with_nodes_changed(tmp_path: Path, changes: list[Any]) -> None:
    data = RESOLVED
    for path, change, value, name in changes:
        try:
            data = mutated(data, path, change, value, name)
        except (KeyError, IndexError, TypeError, AttributeError):  # changed away before
            continue
    loaded = outcome(written(tmp_path, write_yaml(data)))
    if loaded is not None:
        assert from_resolved(loaded.name, loaded.resolved).digest == loaded.digest


@relaxed
@given(st.lists(st.text(max_size=30) | YAML_LIKE, max_size=3))
def test_any_overrides(texts: list[str]) -> None:
    outcome(FULL, tuple(texts))


@relaxed
@given(st.sampled_from(ALL_PLACES), VALUES | YAML_LIKE, st.booleans())
def test_any_value_at_any_path(path: tuple[Any, ...], value: Any, as_text: bool) -> None:
    dotted = ".".join(str(step) for step in path)
    text = str(value) if as_text else write_yaml({"x": value})[3:]
    outcome(FULL, (f"{dotted}={text}",))


@relaxed
@given(st.sampled_from(ALL_PLACES), VALUES)
def test_any_value_in_an_extending_file(tmp_path: Path, path: tuple[Any, ...], value: Any) -> None:
    for parent in (SMALL, FULL):
        (tmp_path / parent.name).write_text(parent.read_text())
    data: Any = value
    for step in reversed(path):
        data = {str(step): data}
    data = data if isinstance(data, dict) else {}
    outcome(written(tmp_path, write_yaml({"extends": "full.yaml", **data})))


@relaxed
@given(st.randoms(use_true_random=False))
def test_the_hash_does_not_depend_on_the_order_of_keys(
    tmp_path: Path, generator: random.Random
) -> None:
    def shuffled(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        keys = list(value)
        generator.shuffle(keys)
        return {key: shuffled(value[key]) for key in keys}

    file = written(tmp_path, write_yaml(shuffled(BASE)))
    assert load(file).digest == load(SMALL).digest


@relaxed
@given(st.integers(1800, 10**7))
def test_the_hash_does_not_depend_on_how_a_duration_is_written(seconds: int) -> None:
    minutes, rest = divmod(seconds, 60)
    texts = [f"{seconds}s", f"{minutes}min{rest}s", f"{minutes // 60}h {minutes % 60}min {rest}s"]
    digests = {load(SMALL, [f"reprisal.half_life={text}"]).digest for text in texts}
    assert len(digests) == 1


WORDS = st.characters(exclude_categories=["Cc", "Cs"])


@relaxed
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.text(WORDS, min_size=1, max_size=120),
            "question": st.text(WORDS | st.sampled_from("\n\t")),
            "deterrence": st.fixed_dictionaries({"strength": st.floats(0, 2)}),
            "spillover": st.fixed_dictionaries({"share": st.floats(0, 1)}),
            "deployment": st.fixed_dictionaries({"reserve": st.integers(0, 10**8)}),
            "battle": st.fixed_dictionaries(
                {"half_life": st.floats(0.1, 240).map(format_duration)}
            ),
            "engagement": st.fixed_dictionaries(
                {"background_rate": st.floats(0, 10).map(format_rate)}
            ),
        },
    )
)
def test_what_is_written_out_reads_back(tmp_path: Path, data: dict[str, Any]) -> None:
    loaded = load(written(tmp_path, write_yaml({**BASE, **data})))
    again = tmp_path / "again.yaml"
    again.write_text(dump(loaded), encoding="utf-8", newline="")
    assert load(again).digest == loaded.digest
    assert load(again).scenario == loaded.scenario


@given(st.floats(0, 1e9))
def test_a_duration_reads_back(hours: float) -> None:
    assert parse_duration(format_duration(hours)) == hours


@given(st.floats(0, 1e9))
def test_a_rate_reads_back(per_hour: float) -> None:
    assert parse_rate(format_rate(per_hour)) == per_hour


@given(st.text() | st.none() | st.booleans() | st.integers() | st.floats())
def test_any_text_is_a_duration_and_a_rate_or_an_error(value: Any) -> None:
    for parse in (parse_duration, parse_rate):
        try:
            assert 0 <= parse(value) < float("inf")
        except ValueError as error:
            assert str(error)


@pytest.mark.parametrize(("text", "hours"), [("90min", 1.5), ("1d12h", 36), ("20min", 1200 / 3600)])
def test_equal_durations_are_equal_numbers(text: str, hours: float) -> None:
    assert parse_duration(text) == hours
