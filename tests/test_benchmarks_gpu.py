"""What runs on a GPU is made of the processor's source; here without one, or simulated."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from benchmarks.contest import ROOT
from benchmarks.gpu import __main__ as command
from benchmarks.gpu import model, rules, sections, timing, twins
from benchmarks.toy import compiled, vectorised
from benchmarks.toy import world as toy
from sim.compiled import run as engine

SIMULATED = """
from itertools import pairwise
import numpy as np
from benchmarks.gpu import rules, twins, world
from benchmarks.gpu.card import Shape
from benchmarks.toy import vectorised, world as toy

assert twins.lacking() == "NUMBA_ENABLE_CUDASIM is set"
small = toy.World(provinces=2, groups=3, ticks=40)
card = world.new_card(small, Shape(1, 4), world.new_kernel())
sums, _ = card.run(7, 6)
assert sums[2].sum() > 0
log, ends = next(iter(vectorised.logs(small, 7, 6)))
expected = np.zeros_like(sums)
for n, (begin, end) in enumerate(pairwise([0, *ends.tolist()])):
    world.summarise(log.view(np.recarray), begin, end, expected, n)
assert sums.tolist() == expected.tolist()
assert np.concatenate(world.logs_of(card, 7, 4)).tobytes() == log[: ends[3]].tobytes()
for name in ("engagement.hazard", "casualties.wounded", "deployment.intended"):
    case = rules.rule_case(f"sim.rules.{name}", 20)
    outcome = rules.compared(case, rules.on_processor(case))
    assert (outcome.differing, outcome.refusal) == (0, ""), outcome
for case in rules.draw_cases(5):
    assert rules.compared(case, rules.on_processor(case)).differing == 0, case.name
case = rules.rule_case("sim.rules.engagement.hazard", 20)
assert rules.compared(case, rules.on_processor(case) + 1.0).differing == case.size
"""


def test_the_simulated_gpu_gives_the_results_of_the_processor():
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SIMULATED],
        cwd=ROOT,
        env=os.environ | {"NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr


def test_without_a_gpu_the_command_says_so_and_ends(monkeypatch, capsys):
    monkeypatch.setattr(twins, "lacking", lambda: "none here")
    monkeypatch.setattr(sys, "argv", ["benchmarks.gpu"])
    command.main()
    assert capsys.readouterr().out == "no GPU: left out (none here)\n"


def test_an_unknown_part_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks.gpu", "toys"])
    with pytest.raises(SystemExit):
        command.main()
    assert "no part toys; there are rules, toy, model" in capsys.readouterr().err


def test_distances_are_counted_in_the_last_place():
    one = np.array([1.0, 0.0, -0.0, np.nan, 1.0, -1.0])
    other = np.array([np.nextafter(1.0, 2.0), 5e-324, 0.0, np.nan, 1.0, np.nextafter(-1.0, 0.0)])
    assert rules.distances(one, other).tolist() == [1, 1, 0, 0, 0, 1]
    assert rules.distances(np.array([True, False]), np.array([True, True])).tolist() == [0, 1]


def test_rules_that_differ_or_do_not_compile_are_listed():
    exact = [rules.Outcome("a", 10, 0, 0), rules.Outcome("b", 10, 10, 0, "TypingError: no")]
    fused = [rules.Outcome("a", 10, 2, 3), exact[1]]
    lines = sections.rule_lines({False: exact, True: fused}, {False: 1.0, True: 2.0})
    assert lines[0].startswith("- Every operation rounded: 1 of 2 functions give the same bits")
    assert lines[2] == "- `b` does not compile: TypingError: no"
    assert lines[-2:] == ["| `a` | 10 | 0 | 0 | 2 | 3 |", "| `b` | 10 | – | – | – | – |"]


def test_logs_are_compared_to_the_last_bit_of_the_hazard(monkeypatch):
    monkeypatch.setattr(sections, "logs", vectorised.logs)
    world = toy.World(provinces=7, groups=3, ticks=180)
    expected = sections.whole_logs(world, 6)
    assert sum(map(len, expected)) == next(iter(vectorised.logs(world, 0, 6)))[0].size
    moved = [log.copy() for log in expected]
    moved[0]["hazard"][0] = np.nextafter(moved[0]["hazard"][0], 1.0)
    moved[1]["depth"] += 1
    line = sections.log_line(False, expected, moved)
    assert "of 6 whole logs 4 are equal to the byte, 5 in all columns but the hazard" in line
    assert line.endswith("1 differ, by at most 1 ulp.")


def test_sums_of_many_runs_are_compared(monkeypatch):
    monkeypatch.setattr(sections, "PART", 3)

    class Fake:
        def run(self, first, count):
            sums = on_core(first, count)
            sums[0, 4] += 1
            return sums, 1.0

    def on_core(first, count):
        return np.tile(np.arange(first, first + count, dtype=np.int32), (2, 1))

    lines = sections.sums_lines({False: Fake()}, on_core, 8, ("killed", "full"))
    assert lines[0] == "- Every operation rounded: killed of 8 runs differ in 1 runs."


def test_speed_is_a_ratio_within_rounds():
    class Fake:
        def run(self, _first, count):
            return None, float(count)

    subject = timing.Subject(None, None, lambda *_: sum(range(200_000)), ((64, 8),), 5)
    page = timing.speed({False: Fake(), True: Fake()}, subject, (10, 20), 2)
    assert [row.split(" | ")[0] for row in page[2:]] == [
        "| one core of the processor",
        "| 10 runs",
        "| 20 runs",
        "| 20 runs, products and sums fused",
    ]
    assert page[3].split(" | ")[1] == "1,000 [1,000..1,000]"


def test_contraction_is_an_option_of_nvvm_for_a_while():
    from numba.cuda.cudadrv import nvvm

    before = nvvm.compile_ir
    with twins.contraction(False):
        assert nvvm.compile_ir.keywords == {"fma": False}
    assert nvvm.compile_ir is before


def test_twins_call_twins_and_leave_the_module_alone():
    before = dict(vars(compiled))
    names = twins.twins(compiled, extra=5)
    assert vars(compiled) == before
    assert names["decide"].py_func.__globals__["both_uniforms"] is names["both_uniforms"]
    assert names["decide"].py_func.__code__ is compiled.decide.py_func.__code__
    assert names["philox"].py_func is compiled.philox.py_func
    assert names["extra"] == 5
    step = twins.twins(engine)["step"].py_func.__globals__
    assert step["feud"] is not engine.feud
    assert step["feud"].deliver.py_func.__globals__["remember"] is step["feud"].remember


def statements(function):
    """Its statements as text, without the docstring and without sums that are carried on."""
    body = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0].body[1:]
    lines = map(ast.unparse, body)
    return [line for line in lines if "killed_of_group" not in line and "_in_province" not in line]


def test_the_rewritten_function_of_the_engine_does_the_same():
    mine, theirs = statements(model.engagements), statements(engine.engagements.py_func)
    assert mine == theirs
    assert len(mine) == 4


def test_rows_of_the_model_are_compared_to_the_byte():
    world = model.iraq()
    rows, sums = model.ModelCore(world).run(3, 2)
    assert sums[:2].sum(axis=1).tolist() == [len(rows.engagements), len(rows.orders)]
    assert sums[2].sum() == rows.engagements["attacker_killed"].sum() + sum(
        rows.engagements[name].sum() for name in ("target_killed", "security_killed")
    )
    other = rows._replace(orders=rows.orders[:-1])
    assert "not equal" not in sections.rows_line(True, rows, rows, 2)
    assert sections.rows_line(True, rows, other, 2).count("not equal") == 1
