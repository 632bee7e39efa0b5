"""What ``reprisal run`` does, from Python: ``reprisal.run(...)`` gives frames."""

from __future__ import annotations

import html
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprisal.progress import line, show_progress
from reprisal.wording import failure_list

if TYPE_CHECKING:
    from analysis import Frames
    from sim.batch import Progress

FAILURES_SHOWN = 3
_BAR = '<progress value="{ended}" max="{total}" style="width: 30em"></progress><br>{text}'


def run(
    *files: str | PathLike[str],
    replicates: int | None = None,
    seed: int = 1,
    sets: Sequence[str] = (),
    sweeps: Sequence[str] = (),
    design: str = "",
    size: int | None = None,
    uncertain: bool = False,
    out: str | PathLike[str] | None = None,
    workers: int | None = None,
    ticks: bool | None = None,
    progress: bool = True,
) -> Frames:
    """Run scenarios many times and give the results.

    As ``reprisal run``: the same call again, or the same command, does only what is missing.

    Parameters
    ----------
    *files : str or path
        Scenario files, or names of shipped scenarios such as ``"iraq-2022"``.
    replicates : int, optional
        Runs of each scenario; 100, or 4 at each point of a design, when left out.
    seed : int
        Random seed, which all scenarios share.
    sets : sequence of str
        ``path=value`` texts laid over every file, as after ``--set``.
    sweeps : sequence of str
        ``path=a,b,c`` texts, as after ``--sweep``: one scenario per value, or per combination.
        All ``path=a..b`` together are the design of each.
    design, size : str and int, optional
        How ranges are sampled, as after ``--design`` and ``--size``: by grid when left out.
    uncertain : bool
        Draw the numbers that are not known, as ``--uncertain`` does.
    out : path, optional
        Results folder; below ``results`` and named after what it holds when left out.
    workers : int, optional
        Number of processes; as many as processors when left out.
    ticks : bool, optional
        Whether to store the table of ticks; when left out, as the folder does, and a new one does.
    progress : bool
        Show how far the batch is: a bar in a notebook, else on standard error.

    Returns
    -------
    analysis.Frames
        As from ``analysis.load``. Runs that failed are told of in a warning.

    Raises
    ------
    sim.scenario.ScenarioError
        For a file that cannot be used, with all that is wrong.
    KeyboardInterrupt
        When the batch was interrupted; what finished is stored.
    """
    import analysis
    from reprisal.commands.batches import default_replicates, folder_name
    from reprisal.options import RESULTS_FOLDER
    from sim import batch, store
    from sim.scenario.uncertain import uncertain as drawn
    from sim.scenario.variants import expand

    loaded = expand([Path(file) for file in files], sets, sweeps, design, size)
    loaded = [drawn(each, seed=seed) for each in loaded] if uncertain else loaded
    folder = Path(out) if out is not None else Path(RESULTS_FOLDER, folder_name(loaded, seed))
    asked = replicates or default_replicates(loaded)
    results = store.create_or_open(folder, loaded, seed, asked, ticks=ticks)
    missing = sum(len(results.missing(name)) for name in results.active)
    with _shown(missing, progress and missing > 0) as show:
        outcome = batch.run(results, workers, show)
    if outcome.interrupted:
        raise KeyboardInterrupt
    if outcome.failures:
        some = sorted(outcome.failures, key=lambda failure: failure.key)[:FAILURES_SHOWN]
        warnings.warn(f"{outcome.failed:,} runs failed:\n{failure_list(some)}", stacklevel=2)
    return analysis.load(folder)


@contextmanager
def _shown(total: int, wanted: bool) -> Iterator[Callable[[Progress], None] | None]:
    if not wanted:
        yield None
    elif (display := _notebook()) is not None:
        yield _in_notebook(display)
    else:
        with show_progress(total) as show:
            yield show


def _notebook() -> Any:
    """Give what displays in a notebook; None elsewhere."""
    ipython: Any = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return ipython.display if type(shell).__name__ == "ZMQInteractiveShell" else None


def _in_notebook(display: Any) -> Callable[[Progress], None]:
    """Show a bar that is drawn anew in its place."""
    shown = display.display(display.HTML(""), display_id=True)

    def show(state: Progress) -> None:
        ended, text = state.done + state.failed, html.escape(line(state))
        shown.update(display.HTML(_BAR.format(ended=ended, total=state.total, text=text)))

    return show
