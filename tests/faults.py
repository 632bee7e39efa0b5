"""Inject faults into batches and count what they cost: ``python -m tests.faults --faults 200``.

A batch of a fast engine is started, hurt, and started again with the same command, until every
run is stored; then its tables are compared with those of an undisturbed batch, byte for byte.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sim import batch, store
from sim.records import TABLES
from sim.scenario import Loaded
from sim.store.checks import repair
from tests.batches import make, table_bytes
from tests.fake_engine import ENGINE

ROOT = Path(__file__).parents[1]
REPLICATES = 130
SEED = 7
SESSION_SECONDS = 120
# The clock of a session is wrong by so many days, and its files may not grow beyond so many bytes.
BATCH = """
import resource, signal, sys
from datetime import timedelta
folder, days, size, *paths = sys.argv[1:]
from sim import batch, scenario, store
from sim.batch import session
from sim.store import locks, manifest
from tests.fake_engine import ENGINE
right = manifest.now
for module in (locks, manifest, session):
    module.now = lambda: right() + timedelta(days=int(days))
if int(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), resource.RLIM_INFINITY))
loaded = [scenario.load(path) for path in paths]
try:
    results = store.create_or_open(folder, loaded, 7, 130)
    show = lambda state: state.done and print(state.done, flush=True)
    outcome = batch.run(results, 2, show, engine=ENGINE)
except (store.StoreError, batch.PoolError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
sys.exit(3 if outcome.left or outcome.failed else 0)
"""


@dataclass
class Tally:
    """What was done and what it cost."""

    faults: Counter[str] = field(default_factory=Counter)
    sessions: int = 0
    batches: int = 0
    lost: int = 0
    duplicated: int = 0
    different: int = 0

    @property
    def text(self) -> str:
        """The figures, a line each."""
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(self.faults.items()))
        return (
            f"faults injected: {self.faults.total()} ({kinds})\n"
            f"sessions: {self.sessions}, batches completed: {self.batches}\n"
            f"runs lost: {self.lost}\n"
            f"rows duplicated: {self.duplicated}\n"
            f"tables different: {self.different}"
        )


class Session:
    """One call of the batch, as a process group of its own."""

    def __init__(self, folder: Path, loaded: list[Loaded], days: int = 0, size: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", BATCH, folder, str(days), str(size), *(x.path for x in loaded)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def started(self) -> bool:
        """Wait until a run is done; False when the session ended before."""
        assert self.process.stdout is not None
        return bool(self.process.stdout.readline())

    def workers(self) -> list[int]:
        """Processes of the group that do runs."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[2]) == self.process.pid and fields[0] != "Z":
                parents[int(stat.parent.name)] = int(fields[1])
        return [pid for pid, parent in parents.items() if parents.get(parent) == self.process.pid]

    def end(self) -> int:
        """Wait for the end, of the whole group."""
        self.process.communicate(timeout=SESSION_SECONDS)
        until = time.monotonic() + SESSION_SECONDS
        while self.workers() and time.monotonic() < until:
            time.sleep(0.05)
        return self.process.returncode


class Faults:
    """Faults by name; each gets a started session or, at rest, the folder.

    Parameters
    ----------
    folder : Path
        Results folder.
    loaded : list of Loaded
        Scenarios of the batch.
    chance : random.Random
        What to do, and when.
    """

    def __init__(self, folder: Path, loaded: list[Loaded], chance: random.Random) -> None:
        self._folder = folder
        self._loaded = loaded
        self._chance = chance
        self.alive: dict[str, Callable[[Session], bool]] = {
            "worker killed": self._kill_worker,
            "parent killed": lambda session: self._signal(session.process.pid, signal.SIGKILL),
            "all killed": lambda session: self._signal(-session.process.pid, signal.SIGKILL),
            "worker stopped and killed": self._stop_worker,
            "asked to stop": lambda session: self._signal(session.process.pid, signal.SIGTERM),
            "second process": self._second,
        }
        self.at_rest: dict[str, Callable[[], bool]] = {
            "file cut": lambda: self._change(lambda data: data[: len(data) // 2]),
            "byte changed": lambda: self._change(self._flipped),
            "file deleted": lambda: self._change(None),
            "lock torn": self._tear_lock,
        }

    def _signal(self, pid: int, number: int) -> bool:
        try:
            if pid < 0:
                os.killpg(-pid, number)
            else:
                os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def _kill_worker(self, session: Session) -> bool:
        workers = session.workers()
        return bool(workers) and self._signal(self._chance.choice(workers), signal.SIGKILL)

    def _stop_worker(self, session: Session) -> bool:
        workers = session.workers()
        if not workers or not self._signal(workers[0], signal.SIGSTOP):
            return False
        time.sleep(self._chance.uniform(0, 0.3))
        return self._signal(workers[0], signal.SIGKILL)

    def _second(self, session: Session) -> bool:
        second = Session(self._folder, self._loaded)
        code = second.end()
        # Refused while the first one runs; afterwards it goes on by itself.
        return code == 1 or session.process.poll() is not None

    def _change(self, change: Callable[[bytes], bytes] | None) -> bool:
        files = sorted(self._folder.glob("*/*/*.parquet"))
        files = [path for path in files if path.parts[-3] in TABLES]
        if not files:
            return False
        path = self._chance.choice(files)
        if change is None:
            path.unlink()
        else:
            path.write_bytes(change(path.read_bytes()))
        return True

    def _flipped(self, data: bytes) -> bytes:
        place = self._chance.randrange(len(data))
        return (
            data[:place] + bytes([data[place] ^ 1 << self._chance.randrange(8)]) + data[place + 1 :]
        )

    def _tear_lock(self) -> bool:
        (self._folder / "running.json").write_text('{"host": "he', encoding="utf-8")
        return True


def inject(faults: int, seed: int, scratch: Path) -> Tally:
    """Hurt batches until so many faults were injected, and complete the last one.

    Parameters
    ----------
    faults : int
        How many, 1 or more.
    seed : int
        What happens when; the machine's own timing differs from time to time.
    scratch : Path
        An empty folder.

    Returns
    -------
    Tally
    """
    chance, tally = random.Random(seed), Tally()
    plain = [make(scratch / "plain", name) for name in ("a", "b")]
    batch.run(store.create_or_open(scratch / "undisturbed", plain, SEED, REPLICATES), engine=ENGINE)
    expected = table_bytes(scratch / "undisturbed")
    slow = [make(scratch / "slow", name, "wait:0.02") for name in ("a", "b")]
    while tally.faults.total() < faults:
        folder = scratch / f"batch-{tally.batches}"
        hurt(folder, slow, chance, tally, faults)
        complete(folder, slow, expected, tally)
    return tally


def hurt(
    folder: Path, loaded: list[Loaded], chance: random.Random, tally: Tally, faults: int
) -> None:
    """Run sessions with faults until the batch is done in spite of them."""
    kinds = Faults(folder, loaded, chance)
    code = 1
    while code and tally.faults.total() < faults:
        days, size = chance.choice([0, 0, -1, 1]), chance.choice([0] * 7 + [4_500])
        tally.faults["clock wrong"] += days != 0
        tally.faults["disk refuses"] += size != 0
        session = Session(folder, loaded, days, size)
        tally.sessions += 1
        running = session.started()
        while running and tally.faults.total() < faults:
            time.sleep(chance.uniform(0, 0.4))
            name = chance.choice([*kinds.alive, *["worker killed"] * 4])
            if session.process.poll() is not None:
                break
            tally.faults[name] += kinds.alive[name](session)
        code = session.end()
        if chance.random() < 0.5:
            name = chance.choice(list(kinds.at_rest))
            tally.faults[name] += kinds.at_rest[name]()
            list(repair(store.open(folder)))
            code = 1


def complete(folder: Path, loaded: list[Loaded], expected: dict[str, bytes], tally: Tally) -> None:
    """Let the batch finish undisturbed, and compare."""
    for _ in range(3):
        if Session(folder, loaded).end() == 0:
            break
    tally.batches += 1
    results = store.open(folder)
    tally.lost += sum(len(results.missing(name)) for name in results.names)
    runs = results.read("runs", ["scenario", "replicate"]).to_pylist()
    tally.duplicated += len(runs) - len({(row["scenario"], row["replicate"]) for row in runs})
    made = {
        name: data for name, data in table_bytes(folder).items() if not name.startswith("damaged")
    }
    tally.different += sum(made.get(name) != expected.get(name) for name in made | expected)


def main() -> int:
    """Inject as many faults as the command line asks for and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        tally = inject(asked.faults, asked.seed, Path(scratch))
    sys.stdout.write(tally.text + "\n")
    return int(bool(tally.lost or tally.duplicated or tally.different))


if __name__ == "__main__":
    sys.exit(main())
