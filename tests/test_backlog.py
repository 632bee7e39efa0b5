"""What is done again after a worker has died, and which run is given up."""

from __future__ import annotations

from sim.batch.backlog import KILLS, Backlog
from sim.batch.task import Key, Task
from sim.store.blocks import block_of

KEY = Key("a", block_of(0))
OTHER = Key("b", block_of(0))


def begun(backlog: Backlog) -> list[int]:
    task = backlog.begin()
    return [] if task is None else list(task.replicates)


def test_what_was_not_in_progress_comes_first_and_suspects_go_alone() -> None:
    backlog = Backlog([Task(KEY, [0, 1, 2, 3]), Task(OTHER, [0])])
    assert begun(backlog) == [0, 1, 2, 3]
    work = backlog.works[KEY]
    assert work.store((0,)) == 1
    work.began = (1, 2)
    backlog.end(work)
    assert backlog.again(work) is None
    assert begun(backlog) == [3]
    assert begun(backlog) == [0]
    assert begun(backlog) == []
    backlog.end(backlog.works[KEY])
    backlog.end(backlog.works[OTHER])
    assert begun(backlog) == [1]
    assert begun(backlog) == []
    backlog.drop()
    backlog.end(backlog.works[KEY])
    assert not backlog


def test_a_run_is_given_up_when_it_has_taken_down_so_many_workers() -> None:
    backlog = Backlog([Task(KEY, [5])])
    guilty = []
    while begun(backlog):
        work = backlog.works[KEY]
        work.began = (5,)
        backlog.end(work)
        guilty.append(backlog.again(work))
    assert guilty == [None] * (KILLS - 1) + [5]
    assert not backlog
