"""What is done again after a worker has died, and which run is given up."""

from __future__ import annotations

from sim.batch.pool import Task
from sim.batch.taskqueue import KILLS, TaskQueue
from sim.store.blocks import block_of

BLOCK = block_of(0)


def begun(queue: TaskQueue) -> list[int]:
    started = queue.begin()
    return [] if started is None else list(started.task.replicates)


def test_what_was_not_in_progress_comes_first_and_suspects_go_alone() -> None:
    queue = TaskQueue([Task("a", BLOCK, (0, 1, 2, 3)), Task("b", BLOCK, (0,))])
    assert begun(queue) == [0, 1, 2, 3]
    [started] = queue.started
    started.left.remove(0)
    started.began = (1, 2)
    queue.end(started)
    assert queue.again(started) is None
    assert begun(queue) == [3]
    assert begun(queue) == [0]
    assert begun(queue) == []
    queue.end(queue.started[0])
    queue.end(queue.started[0])
    assert begun(queue) == [1]
    assert begun(queue) == []
    queue.drop()
    queue.end(queue.started[0])
    assert not queue


def test_a_worker_that_died_writing_makes_what_was_finished_suspect() -> None:
    queue = TaskQueue([Task("a", BLOCK, (0, 1, 2))])
    started = queue.begin()
    assert started is not None
    started.finished = {0, 1}
    queue.end(started)
    assert queue.again(started) is None
    assert begun(queue) == [2]


def test_a_run_is_given_up_when_it_has_taken_down_so_many_workers() -> None:
    queue = TaskQueue([Task("a", BLOCK, (5,))])
    guilty = []
    while started := queue.begin():
        started.began = (5,)
        queue.end(started)
        guilty.append(queue.again(started))
    assert guilty == [None] * (KILLS - 1) + [5]
    assert not queue
