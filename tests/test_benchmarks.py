"""The worlds that are timed against each other do the same work, to the byte where they can."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import contest, tables
from benchmarks.contest import Answer, Contestant, Job, Usage, WorkDiffersError, Worker
from benchmarks.contestants import BASE, LIMIT, present, toy_contestants
from benchmarks.toy import chunks, compiled, limit, screening, vectorised
from benchmarks.toy import world as toy
from benchmarks.toy.plain_mesa import poisson
from sim import draws

SMALL = toy.World(provinces=7, groups=3, ticks=180)
WORLDS = {
    "the map of Iraq": (toy.World(ticks=120), 6),
    "more provinces": (toy.World(provinces=40, ticks=30), 3),
    "more groups": (toy.World(provinces=5, groups=9, ticks=60), 3),
    "two groups": (toy.World(provinces=2, groups=2, ticks=200), 40),
    "weak units": (toy.World(provinces=6, groups=4, strength=9), 20),
    "long enough to withdraw": (toy.World(ticks=500), 2),
}


def log_of(engine, world, runs, first=0):
    """All log lines, and how many each run has; the chunks are copied."""
    found = [(log.copy(), np.diff(ends, prepend=0)) for log, ends in engine(world, first, runs)]
    logs, counts = zip(*found, strict=True)
    return np.concatenate(logs), np.concatenate(counts)


@pytest.fixture(scope="module")
def expected():
    """Logs of all worlds by numpy."""
    return {name: log_of(vectorised.logs, *setting) for name, setting in WORLDS.items()}


def same_bytes(engine, expected):
    for name, (log, counts) in expected.items():
        other, others = log_of(engine, *WORLDS[name])
        assert counts.tolist() == others.tolist(), name
        assert log.tobytes() == other.tobytes(), name


@pytest.mark.slow  # compiles the toy world
def test_numba_writes_the_bytes_of_numpy(expected):
    same_bytes(compiled.logs, expected)


@pytest.mark.skipif(bool(limit.lacking()), reason=limit.lacking())
def test_c_writes_the_bytes_of_numpy(expected):
    same_bytes(limit.Limit().logs, expected)


def test_the_worlds_reach_every_rule(expected):
    everything = np.concatenate([log for log, _ in expected.values()])
    assert everything["depth"].max() >= 3
    assert np.isin(9, everything["killed_target"]), "no unit destroyed at once"
    assert everything["killed_target"].max() >= 8, "no heavy attack"
    log, counts = expected["long enough to withdraw"]
    dead = sum(log[side].sum() for side in ("killed_target", "killed_attacker"))
    assert dead / counts.size / toy.World().groups > toy.WITHDRAW_AT, "nobody need withdraw"


def test_a_full_buffer_loses_nothing(monkeypatch):
    monkeypatch.setattr(chunks, "ROWS", 4)
    monkeypatch.setattr(chunks, "CHUNK", 3)

    def run_many(first, ends, log):
        """Replicate n has n lines."""
        row = 0
        for place in range(ends.size):
            lines = first + place
            if row + lines > log.size:
                return place
            log["tick"][row : row + lines] = lines
            row = ends[place] = row + lines
        return ends.size

    log, counts = log_of(lambda _, first, runs: chunks.chunks(run_many, first, runs), None, 9, 2)
    assert counts.tolist() == list(range(2, 11))
    assert log["tick"].tolist() == np.repeat(counts, counts).tolist()


def test_replicates_do_not_depend_on_where_a_batch_begins():
    whole, counts = log_of(vectorised.logs, SMALL, 6)
    tail, _ = log_of(vectorised.logs, SMALL, 3, first=3)
    assert whole[counts[:3].sum() :].tobytes() == tail.tobytes()


def test_screening_gives_the_first_word_of_the_draw():
    words = np.random.default_rng(1).integers(0, 2**32, (200, 5))
    for tick, agent, rival, seed, replicate in words.tolist():
        pair = screening.pairs(np.array([agent]), np.array([rival]), seed)
        tail = screening.second_round(tick, seed, replicate)
        word = screening.first_word(*(int(part[0]) for part in pair), *tail)
        assert word == draws.philox(tick, agent, rival, toy.DECIDE, seed, replicate)[0]


def test_tables_invert_counts_as_the_loop_does():
    table = toy.poisson_tables(toy.WOUNDED_TARGET)
    for uniform in np.random.default_rng(2).random(300).tolist():
        for severity in (1, 3, 30):
            count = poisson(toy.WOUNDED_TARGET * severity, uniform)
            assert np.searchsorted(table[severity - 1], uniform, side="right") == count


@pytest.mark.parametrize("provinces", [2, 7, 18, 19, 120])
def test_neighbours_are_symmetric_and_sorted(provinces):
    neighbours = toy.World(provinces=provinces).neighbours
    assert len(neighbours) == provinces
    for here, row in enumerate(neighbours):
        assert row == sorted(set(row) - {here})
        assert all(here in neighbours[there] for there in row)


def test_a_world_too_small_is_refused():
    with pytest.raises(ValueError, match="2 provinces, 2 groups"):
        toy.World(groups=1)


@pytest.mark.slow
def test_plain_mesa_has_the_same_expectation():
    base = next(c for c in toy_contestants() if c.name == BASE)
    sizes = {"provinces": 7, "groups": 3, "ticks": 180}
    log, counts = log_of(vectorised.logs, SMALL, 768)
    killed = int(log["killed_target"].sum() + log["killed_attacker"].sum())
    wounded = int(log["wounded_target"].sum() + log["wounded_attacker"].sum())
    exact = Answer(counts.size, 1.0, 1.0, log.size, killed, wounded)
    with Worker(base) as worker:
        answer = worker.ask(Job(100, world=sizes))
    distances = contest.same_expectation([{BASE: answer}], BASE, exact)
    assert max(map(abs, distances)) < 4
    assert worker.usage.cpu_s > answer.cpu_s
    assert worker.usage.peak_mb > 20


SERVER = """
import json, sys
for line in sys.stdin:
    job = json.loads(line)
    each = [{"events": 5 + n % 3, "killed": n % 2, "wounded": n % 4} for n in range(job["runs"])]
    print(json.dumps({"cpu_s": SECONDS, "wall_s": 2.0, "events": job["first"], "killed": 3,
                      "wounded": 4, "digest": DIGEST, "each": each}), flush=True)
"""


def server(name, seconds=1.0, digest="same", exact=True):
    text = SERVER.replace("SECONDS", str(seconds)).replace("DIGEST", json.dumps(digest))
    return Contestant(name, name.title(), (sys.executable, "-c", text), 10, exact)


@pytest.fixture
def workers():
    with Worker(server("one")) as one, Worker(server("two", 0.25, exact=False)) as two:
        yield [one, two]


def test_rounds_give_new_replicates_only_to_the_inexact(workers):
    played = contest.rounds(workers, {"one": Job(10, 7), "two": Job(10, 7)}, 3)
    assert [answers["one"].events for answers in played] == [7, 7, 7]
    assert [answers["two"].events for answers in played] == [7, 17, 27]


def test_speed_is_compared_within_rounds(workers):
    played = contest.rounds(workers, {"one": Job(10), "two": Job(10)}, 2)
    page = tables.speed(
        [w.contestant for w in workers], played, {"one": "/ one", "absent": "/ absent"}
    )
    assert page[2] == "| One | 10.0 | 1 | – | 2.00 |"
    assert page[3] == "| Two | 40.0 | 4.00 [4.00..4.00] | – | 8.00 |"


def test_other_bytes_are_refused(workers):
    with Worker(server("three", digest="other")) as three, pytest.raises(WorkDiffersError):
        contest.same_bytes([*workers, three], Job(10))
    assert contest.same_bytes(workers, Job(10)).runs == 10


def test_another_expectation_is_refused(workers):
    played = contest.rounds(workers, {"one": Job(12), "two": Job(12)}, 1)
    near = Answer(12, 1.0, 1.0, events=72, killed=6, wounded=18)
    assert contest.same_expectation(played, "two", near) == pytest.approx([0, 0, 0])
    with pytest.raises(WorkDiffersError, match=r"two: killed 0\.5"):
        contest.same_expectation(played, "two", Answer(12, 1.0, 1.0, 72, 30, 18))


def test_a_contestant_that_dies_is_named():
    dead = Contestant("dead", "Dead", (sys.executable, "-c", "input()"), 10)
    with Worker(dead) as worker, pytest.raises(WorkDiffersError, match="dead"):
        worker.ask(Job(1))


def test_growth_has_its_exponent(workers):
    points = {}
    for size in (10, 100, 1_000):
        answer = Answer(10, size**2 / 1e4, 1.0, 1, 1, 1)
        points[size] = [{"one": answer}, {"one": answer}]
    page = tables.growth("sizes", [workers[0].contestant], points)
    assert page[0] == "| sizes | One |"
    assert page[2:] == [
        "| 10 | 1.00 |",
        "| 100 | 100 |",
        "| 1,000 | 10,000 |",
        "| exponent | 2.00 |",
    ]


def test_memory_is_a_line_for_each_size(workers):
    usages = [Usage(1.0, 50.0), Usage(2.0, 60.0), Usage(4.0, 55.0)]
    page = tables.memory([(workers[0].contestant, 1_000, usages)])
    assert page[2] == "| One | 1,000 | 55.0 [50.0..60.0] | 2.00 [1.00..4.00] |"


def test_the_limit_is_left_out_with_a_reason(monkeypatch):
    monkeypatch.setattr(limit, "COMPILER", "no-such-compiler")
    able, lines = present(toy_contestants())
    assert LIMIT not in [contestant.name for contestant in able]
    assert lines == ["- Left out: c-avx2, no compiler: no-such-compiler is not on the PATH."]


def test_write_replaces_what_is_between_the_marks(tmp_path, monkeypatch):
    page = tmp_path / "README.md"
    page.write_text(f"before\n{command.BEGIN}\nold\n{command.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(command, "PAGE", page)
    command.write(["", "new"])
    text = page.read_text(encoding="utf-8")
    assert text == f"before\n{command.BEGIN}\n\nnew\n\n{command.END}\nafter\n"


def test_the_page_of_the_repository_has_the_marks():
    page = (contest.ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert page.count(command.BEGIN) == page.count(command.END) == 1


def test_a_log_is_pinned():
    log, _ = log_of(vectorised.logs, SMALL, 1)
    assert [line[:-1] for line in log[:2].tolist()] == [
        (2, 5, 1, 2, 2, 1, 2, 0, 0),
        (4, 1, 2, 0, 0, 2, 0, 0, 0),
    ]
    assert log.size == 9
