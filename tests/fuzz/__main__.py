"""Fuzz a reader: ``python -m tests.fuzz scenario --runs 1000000 --out /tmp/fuzz``.

With atheris (``pip install atheris``) inputs are guided by coverage, without it they are random
changes of the seeds. A finding is stored with its traceback and the run goes on; the log
``<target>.json`` says how far it is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

TOKENS = [
    *(b"&a ", b"*a", b"!!int ", b"<<: ", b"- ", b"? ", b": ", b"\n", b"  ", b"{", b"}", b"[", b"]"),
    *(b"'", b'"', b"\\x", b"|", b">", b"---\n", b"%YAML 1.2\n", b"\t", b"\0", b"\xff", b"#"),
    *(b"1e999", b".nan", b"-1", b"0x1f", b"6h", b"0.5/d", b"2024-03-01T00:00", b"extends: "),
    *(b"PAR1", b"null", b"title", b"groups", b"orders", b"provinces", b"trigger", b"design: "),
]  # fmt: skip
SLOW_SECONDS = 10.0
LOG_EVERY = 5000


class Recorder:
    """Calls a target, keeps one input for each different finding, and writes the log."""

    def __init__(self, name, target, runs, folder, guided):
        self.name, self.target, self.runs, self.folder = name, target, runs, folder
        self.guided, self.begun = guided, time.time()
        self.count, self.outcomes, self.findings = 0, {}, {}

    def __call__(self, data: bytes) -> None:
        begun = time.process_time()
        try:
            outcome = self.target(data)
            if time.process_time() - begun > SLOW_SECONDS:
                raise TimeoutError(f"one input took {time.process_time() - begun:.1f} s")
        except Exception as error:  # anything that escapes is a finding
            outcome = self._keep(data, error)
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        self.count += 1
        if self.count % LOG_EVERY == 0 or self.count >= self.runs:
            self.log()

    def _keep(self, data: bytes, error: Exception) -> str:
        frames = traceback.extract_tb(error.__traceback__)
        what = f"{type(error).__name__} in {frames[-1].name} line {frames[-1].lineno}"
        if what not in self.findings:
            stem = f"{self.name}-{hashlib.sha256(data).hexdigest()[:12]}"
            self.findings[what] = stem
            (self.folder / stem).write_bytes(data)
            text = "".join(traceback.format_exception(error))
            (self.folder / f"{stem}.txt").write_text(text, encoding="utf-8", errors="replace")
        return "finding"

    def log(self) -> None:
        made = {
            "target": self.name,
            "guided by coverage": self.guided,
            "inputs": self.count,
            "seconds": round(time.time() - self.begun),
            "outcomes": self.outcomes,
            "findings": self.findings,
        }
        text = json.dumps(made, indent=2)
        (self.folder / f"{self.name}.json").write_text(text + "\n", encoding="utf-8")
        if self.count >= self.runs:
            print(text, flush=True)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Change a few places of an input."""
    for _ in range(chance.choice([1, 1, 2, 4, 8])):
        start = chance.randrange(len(data) + 1)
        stop = min(len(data), start + chance.choice([0, 0, 1, 1, 2, 8, 64]))
        piece = chance.choice(
            [
                b"",
                data[start:stop] * 2,
                chance.choice(TOKENS),
                chance.randbytes(chance.randint(1, 4)),
            ]
        )
        data = data[:start] + piece + data[stop:]
    return data


def unguided(recorder: Recorder, runs: int, seed: int) -> None:
    """Feed random changes of the seeds."""
    chance, seeds = random.Random(seed), list(recorder.target.seeds())
    for data in seeds:
        recorder(data)
    for _ in range(runs - len(seeds)):
        recorder(mutated(chance.choice(seeds), chance))


def guided(recorder: Recorder, runs: int, seed: int, scratch: Path) -> None:
    """Let libFuzzer choose inputs by the code that they reach; this does not return."""
    import atheris

    corpus, words = scratch / "corpus", scratch / "words.dict"
    corpus.mkdir()
    for number, data in enumerate(recorder.target.seeds()):
        (corpus / f"{number:04d}").write_bytes(data)
    lines = [f'"{"".join(f"{chr(92)}x{byte:02x}" for byte in token)}"' for token in TOKENS]
    words.write_text("\n".join(lines) + "\n", encoding="ascii")
    options = [
        *(f"-runs={runs}", f"-seed={seed}", f"-dict={words}", "-max_len=20000", "-timeout=60"),
        *("-rss_limit_mb=4000", "-verbosity=0", f"-artifact_prefix={recorder.folder}/"),
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], recorder)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=["yaml", "scenario", "override", "results"])
    parser.add_argument("--runs", type=int, default=1_000_000, help="inputs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder for the log and findings")
    parser.add_argument("--unguided", action="store_true", help="do without atheris")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    try:
        if asked.unguided:
            raise ImportError
        import atheris
    except ImportError:
        from tests.fuzz.targets import TARGETS

        by_coverage = False
    else:
        with atheris.instrument_imports(include=["sim", "ruamel"]):
            from tests.fuzz.targets import TARGETS

        by_coverage = True
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        scratch = Path(name)
        target = TARGETS[asked.target](scratch)
        recorder = Recorder(asked.target, target, asked.runs, asked.out, by_coverage)
        if by_coverage:
            guided(recorder, asked.runs, asked.seed, scratch)
        else:
            unguided(recorder, asked.runs, asked.seed)


if __name__ == "__main__":
    main()
