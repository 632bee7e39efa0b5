"""What a worker process does: the tasks it is sent, one after the other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.batch.runner import BlockRunner, Job
    from sim.batch.task import Task

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
DROP_SIGNAL = signal.SIGUSR1
STOP = "stop"


@dataclass(frozen=True)
class Preparing:
    """The engine is being prepared, which takes a while and is done once."""


@dataclass(frozen=True)
class Ready:
    """The worker has imported the engine; ``error`` tells why when it could not."""

    error: str = ""


def work(link: Connection, job: Job) -> None:
    """Serve one batch until the other end of the link closes.

    Parameters
    ----------
    link : Connection
        Receives a `Task`, answers with messages, `Ended` last; says `Ready` first.
        Receives `STOP` during a task, or after it, when no other run shall begin.
    job : Job
        The batch.
    """
    # These reach the whole process group; the parent alone decides what they mean.
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        runner = _get_ready(link, job)
    except Exception as error:
        link.send(Ready(_why(error)))
        return
    signal.signal(DROP_SIGNAL, lambda *_: runner.drop())
    try:
        link.send(Ready())
        _serve(link, runner)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _get_ready(link: Connection, job: Job) -> BlockRunner:
    from sim.batch.runner import BlockRunner

    if not job.engine.ready:
        link.send(Preparing())
        job.engine.get_ready()
    return BlockRunner(job)


def _why(error: Exception) -> str:
    from sim.ownmodel import ModelError

    return str(error) if isinstance(error, ModelError) else traceback.format_exc()


def _serve(link: Connection, runner: BlockRunner) -> None:
    stopping = False

    def asked_to_stop() -> bool:
        nonlocal stopping
        # Whatever comes during a task is the wish to stop.
        stopping = stopping or link.poll()
        return stopping

    while True:
        task: Task | str = link.recv()
        if isinstance(task, str):
            stopping = True
            continue
        for message in runner.do(task, asked_to_stop):
            link.send(message)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
