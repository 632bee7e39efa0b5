"""What a pipe and a terminal show of a batch."""

import io

from reprisal import progress
from reprisal.progress import Countdown, line, show_progress
from sim.batch import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def state(done=0, failed=0, total=400, elapsed=1.0, rate=None, active=2, stopping=False, **more):
    eta = (total - done - failed) / rate if rate else None
    preparing = more.get("preparing", False)
    return Progress(done, failed, total, elapsed, rate, eta, active, stopping, preparing, ())


def test_before_the_first_run_no_rate_is_made_up():
    assert line(state()) == "0 of 400 runs, starting workers, 0 failed"


def test_a_pipe_is_told_once_that_the_model_is_compiled():
    pipe = io.StringIO()
    with show_progress(400, pipe) as show:
        for tenth in range(600):
            show(state(elapsed=tenth / 10, preparing=tenth > 10))
    assert pipe.getvalue() == (
        "0 of 400 runs, slow while the model compiles (a minute or two, once), 0 failed\n"
    )


def test_failed_runs_count_as_ended():
    text = line(state(done=118, failed=2, rate=2.0))
    assert text == "120 of 400 runs, 2.0 runs/s, 2 min 20 s left, 2 failed"


def test_a_stopping_batch_says_what_it_waits_for():
    text = line(state(done=120, rate=2.0, stopping=True))
    assert "stopping after 2 runs, Ctrl-C again drops them" in text
    assert "left" not in text


def test_a_stopping_batch_without_runs_in_progress_just_stops():
    assert line(state(stopping=True, active=0)) == (
        "0 of 400 runs, starting workers, stopping, 0 failed"
    )


def test_a_pipe_gets_one_plain_line_every_few_seconds():
    pipe = io.StringIO()
    with show_progress(400, pipe) as show:
        for tenth in range(123):
            show(state(done=tenth, elapsed=tenth / 10, rate=10.0))
    lines = pipe.getvalue().splitlines()
    assert [text.split(",")[0] for text in lines] == ["50 of 400 runs", "100 of 400 runs"]
    assert all(text.isprintable() for text in lines)


def test_a_pipe_is_not_told_twice_that_nothing_has_changed():
    pipe = io.StringIO()
    with show_progress(400, pipe) as show:
        for second in range(60):
            show(state(done=second // 20, elapsed=float(second)))
    lines = pipe.getvalue().splitlines()
    assert [text.split(" of")[0] for text in lines] == ["0", "1", "2"]


def test_a_long_batch_says_less_often_how_far_it_is():
    pipe = io.StringIO()
    with show_progress(4000, pipe) as show:
        for second in range(3600):
            show(state(done=second, elapsed=float(second), total=4000))
    lines = [int(text.split(" of")[0].replace(",", "")) for text in pipe.getvalue().splitlines()]
    assert lines[:4] == [5, 10, 15, 20]
    assert 20 < len(lines) < 40
    assert max(lines) > 3600 * 0.75


def test_a_pipe_always_gets_the_end_of_a_quick_batch():
    pipe = io.StringIO()
    with show_progress(4, pipe) as show:
        show(state(done=3, total=4, elapsed=0.1))
        show(state(done=3, failed=1, total=4, elapsed=0.2, rate=20.0))
        show(state(done=3, failed=1, total=4, elapsed=0.3, rate=20.0))
    assert pipe.getvalue() == "4 of 4 runs, 20.0 runs/s, 1 failed\n"


def test_a_pipe_is_told_at_once_that_the_batch_stops():
    pipe = io.StringIO()
    with show_progress(400, pipe) as show:
        for tenth in range(30):
            show(state(done=9, elapsed=tenth / 10, rate=1.0, stopping=tenth > 10))
    assert pipe.getvalue().count("stopping after 2 runs") == 1


def test_a_terminal_gets_a_bar(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    terminal = Terminal()
    with show_progress(400, terminal) as show:
        show(state())
        show(state(done=118, failed=2, rate=2.0))
    shown = terminal.getvalue()
    assert "\x1b[" in shown
    for text in ("120/400", "2.0 runs/s", "2 min 20 s left", "2 failed"):
        assert text in shown


def test_a_dumb_terminal_gets_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    with show_progress(4, terminal) as show:
        show(state(done=4, total=4, rate=4.0))
    assert terminal.getvalue() == "4 of 4 runs, 4.0 runs/s, 0 failed\n"


def test_a_countdown_says_less_the_longer_it_takes(monkeypatch, capsys):
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    countdown = Countdown("origin")
    for done in range(1, 101):
        clock[0] += 1.0
        countdown(done, 100)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "5 of 100 origins, 1 min 35 s left"
    assert lines[-1] == "100 of 100 origins"
    assert len(lines) == 12
