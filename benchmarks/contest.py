"""Contestants as processes that wait for their turn, and rounds in which each has one.

All contestants of a table live side by side and are asked one after the other, so that another
job on the machine slows all of them in the same round; ratios are taken within rounds. A
contestant is any command that reads one line of JSON for each job and answers with one.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parent.parent
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class WorkDiffersError(Exception):
    """Contestants did not do the same work."""


@dataclass(frozen=True)
class Contestant:
    """One way to run a world.

    Parameters
    ----------
    name : str
        Key, unique in a contest.
    title : str
        What the table says.
    command : tuple of str
        Program that serves jobs on its standard input, run in the root of the repository.
    runs : int
        Runs in a round; enough for about a second.
    exact : bool
        Whether its logs are those of the others to the byte, not only in expectation.
    least : int
        Runs below which it is not itself.
    """

    name: str
    title: str
    command: tuple[str, ...]
    runs: int
    exact: bool = True
    least: int = 2


@dataclass(frozen=True)
class Job:
    """What is asked of a contestant: runs of a world.

    Parameters
    ----------
    runs : int
        How many.
    first : int
        First replicate number.
    world : dict
        Sizes that differ from the ordinary ones.
    """

    runs: int
    first: int = 0
    world: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a contestant did, and how long it took without start-up and compiling."""

    runs: int
    cpu_s: float
    wall_s: float
    events: int
    killed: int
    wounded: int
    digest: str = ""
    each: tuple[dict[str, int], ...] = ()

    @property
    def rate(self) -> float:
        """Runs per CPU-second."""
        return self.runs / self.cpu_s


@dataclass(frozen=True)
class Usage:
    """What a whole process took, start-up and compiling included."""

    cpu_s: float
    peak_mb: float


class Worker:
    """A contestant's process."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self.usage: Usage | None = None
        self.process = subprocess.Popen(
            contestant.command,
            cwd=ROOT,
            env=os.environ | dict.fromkeys(ONE_THREAD, "1"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.stdin.close()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stdout.close()
        peak = usage.ru_maxrss / 1024
        self.usage = Usage(usage.ru_utime + usage.ru_stime, peak)

    def ask(self, job: Job) -> Answer:
        """Let it work and wait for its answer."""
        question = {"runs": job.runs, "first": job.first, "world": job.world}
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise WorkDiffersError(f"{self.contestant.name} ended without an answer to {question}")
        found: dict[str, Any] = json.loads(line)
        return Answer(job.runs, **found | {"each": tuple(found.get("each", ()))})


def rounds(workers: list[Worker], jobs: dict[str, Job], number: int) -> list[dict[str, Answer]]:
    """Ask every worker once a round; who begins changes from round to round.

    Parameters
    ----------
    workers : list of Worker
        Who is asked.
    jobs : dict
        The job of each, by name. Inexact contestants get new replicates in each round.
    number : int
        Rounds.

    Returns
    -------
    list of dict
        Answers by name, round by round.
    """
    played = []
    for turn in range(number):
        answers = {}
        shift = turn % len(workers)
        for worker in workers[shift:] + workers[:shift]:
            name, job = worker.contestant.name, jobs[worker.contestant.name]
            first = job.first if worker.contestant.exact else job.first + turn * job.runs
            answers[name] = worker.ask(Job(job.runs, first, job.world))
        played.append(answers)
    return played


def same_bytes(workers: list[Worker], job: Job) -> Answer:
    """Ask all exact contestants for the same runs and compare every byte of their logs.

    Raises
    ------
    WorkDiffersError
        If one differs from the first.
    """
    answers = {w.contestant.name: w.ask(job) for w in workers if w.contestant.exact}
    (first, expected), *others = answers.items()
    for name, answer in others:
        if answer.digest != expected.digest:
            raise WorkDiffersError(
                f"{name} and {first} differ in {job}: {answer.events} and {expected.events} events"
            )
    return expected


def same_expectation(played: list[dict[str, Answer]], name: str, exact: Answer) -> list[float]:
    """Count standard errors between the means of an inexact contestant and of an exact one.

    Raises
    ------
    WorkDiffersError
        If events, killed or wounded are more than four apart: 1 in 5,000 by chance.
    """
    each = [run for answers in played for run in answers[name].each]
    distances = []
    for what in ("events", "killed", "wounded"):
        values = [run[what] for run in each]
        error = statistics.stdev(values) / len(values) ** 0.5
        expected = getattr(exact, what) / exact.runs
        distances.append((statistics.fmean(values) - expected) / error)
        if abs(distances[-1]) > 4:
            raise WorkDiffersError(
                f"{name}: {what} {statistics.fmean(values):.1f} ± {error:.1f}, not {expected:.1f}"
            )
    return distances
