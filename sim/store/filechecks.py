"""Whether the files beside the tables are as they were written, and all there."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from sim.records import TABLES
from sim.store import columns, failures, files, manifest, sessions, sums
from sim.store.blockfiles import CHECKSUMS
from sim.store.blocks import merged, spans, total, without
from sim.store.findings import AGAIN, Finding, Kind
from sim.store.folder import COLUMNS, DESIGNS, MODEL, SCENARIOS, Store, beside, stored_scenario
from sim.store.manifest import Manifest
from sim.store.opening import known_sums
from sim.store.sessions import Session

_OVER = "it tells of a call that is over, so nothing makes it again"


def check(results: Store, past: Collection[Session]) -> Iterator[Finding | None]:
    """Check what is not a block, file by file; None for each that is as it was written."""
    folder, batch = results.folder, results.manifest
    yield _manifest(results)
    proved = _proved(folder)
    for stem in sorted({path.stem for path in (folder / sessions.FOLDER).glob("[!.]*")}):
        yield _session(folder / sessions.FOLDER / f"{stem}.json", proved, batch)
    known = known_sums(folder)
    for name in results.names:
        ran = any(name in session.stored for session in past)
        yield from _scenario(results, name, known, ran or bool(results.blocks.stored(name)))
    yield _beside(folder, folder / COLUMNS, known, sums.digest(columns.columns_csv()), True)
    if batch.model is not None:
        yield _beside(folder, folder / MODEL, {}, batch.model.sha256, True)
    yield from _failures(results, past)
    yield from _strays(results)


def _manifest(results: Store) -> Finding | None:
    if not results.notes:
        return None
    path = results.folder / manifest.FILE_NAME
    here = (path,) if os.path.lexists(path) else ()
    mend = {path: manifest.text_of(results.manifest)}
    why = " ".join(results.notes).removeprefix(f"{path} is damaged: ")
    if here:
        return Finding(path.name, "damaged", why, here, mend)
    return Finding(path.name, "missing", "sessions tell what it held", (), mend)


def _proved(folder: Path) -> dict[str, str]:
    """Read the sessions that a checksum proves, whatever their names are, by their right ones."""
    proved = {}
    for path in (folder / sessions.FOLDER).glob("[!.]*"):
        session = sessions.parse(path)
        if session is not None:
            text, right = files.read_text(path), path.with_name(session.file_name)
            with suppress(OSError, ValueError):
                if files.read_text(sessions.sum_path(right)) == sessions.sum_text(right, text):
                    proved[right.name] = text
    return proved


def _session(path: Path, proved: Mapping[str, str], batch: Manifest) -> Finding | None:
    """Check a session: what it holds, and its checksum."""
    sum_path, session = sessions.sum_path(path), sessions.parse(path)
    here = tuple(each for each in (path, sum_path) if os.path.lexists(each))
    kind: Kind = "damaged" if path in here else "missing"
    what, right = f"{sessions.FOLDER}/{path.name}", proved.get(path.name, "")
    if session is not None and session.batch.contradicts(batch):
        return Finding(what, kind, f"it is of another batch; {_OVER}", here)
    if right and session is not None and files.read_text(path) == right:
        return None
    if right:
        return Finding(
            what, kind, "another name stands for it", (path,) * (path in here), {path: right}
        )
    if session is None or session.file_name != path.name:
        return Finding(what, kind, f"it is not as it was written; {_OVER}", here)
    return _unproved(path, session)


def _unproved(path: Path, session: Session) -> Finding:
    """Tell whether a session or its checksum is to blame where one does not fit the other."""
    sum_path, what = sessions.sum_path(path), f"{sessions.FOLDER}/{path.name}"
    here = os.path.lexists(sum_path)
    mend = {sum_path: sessions.sum_text(path, files.read_text(path))}
    try:
        head, _ = sums.read(sum_path)
        wrong = "" if head == sessions.head(path) else f"it is that of {head}"
    except (OSError, ValueError) as error:
        wrong = str(error) if here else "its session is there"
    if session.ended is None and not (here and wrong):
        return Finding(what, "unfinished", "it was killed as it began or ended", (), mend)
    if wrong:
        name = f"{sessions.FOLDER}/{sum_path.name}"
        return Finding(name, "damaged" if here else "missing", wrong, (sum_path,) * here, mend)
    return Finding(what, "damaged", f"it is not as it was written; {_OVER}", (path, sum_path))


def _scenario(
    results: Store, name: str, known: Mapping[str, Collection[str]], ran: bool
) -> Iterator[Finding | None]:
    """Check a stored scenario, its map and its points."""
    folder, entry = results.folder, results.manifest.entry(name)
    place, map_place, points = beside(folder, name)
    if f"{SCENARIOS}/{place.name}" in known or not files.is_ordinary(place):
        yield _beside(folder, place, known, "", ran, name)
    else:
        try:
            stored_scenario(folder, entry)
        except files.StoreError:
            yield Finding(f"{SCENARIOS}/{place.name}", "damaged", AGAIN, (place,), {}, name)
        else:
            yield None
    for path in (map_place, points):
        if "/".join(path.parts[-2:]) in known:
            yield _beside(folder, path, known, "", ran, name)


def _beside(
    folder: Path,
    path: Path,
    known: Mapping[str, Collection[str]],
    now: str,
    ran: bool,
    name: str = "",
) -> Finding | None:
    """Check a file by the SHA-256 it had in sessions, or has if it is written now."""
    what = path.relative_to(folder).as_posix()
    if not os.path.lexists(path):
        return Finding(what, "missing" if ran else "unfinished", AGAIN, (), {}, name)
    right = {*known.get(what, ()), now}
    if files.is_ordinary(path) and files.sha256(path) in right:
        return None
    return Finding(what, "damaged", f"it changed since written; {AGAIN}", (path,), {}, name)


def _failures(results: Store, past: Collection[Session]) -> Iterator[Finding | None]:
    """Check the lines of failures, and whether some are gone."""
    folder = results.folder
    unreadable, read = failures.unreadable(folder), failures.read(folder)
    here = tuple(path for path in sorted(folder.glob(failures.PATTERN)))
    if unreadable:
        some = unreadable > 1
        lines = f"{unreadable} lines are" if some else "1 line is"
        whose = "they were written; their runs are" if some else "it was written; its run is"
        why = f"{lines} not as {whose} repeated"
        text = failures.text_of(read.values())
        mend = {folder / "failures.jsonl": text} if text else {}
        yield Finding("failures", "damaged", why, here, mend)
    elif here:
        yield None
    gone = 0
    for name in results.names:
        lacking = merged(span for session in past for span in session.lacking.get(name, ()))
        known = results.readable(name) | {replicate for n, replicate in read if n == name}
        gone += total(without(lacking, spans(known)))
    if gone and not unreadable:
        yield Finding("failures", "missing", f"{gone} lines; {AGAIN}")


def _strays(results: Store) -> Iterator[Finding]:
    """Find files in the folders of a batch that belong to nothing in it."""
    folder, names = results.folder, results.names
    expected = {path for name in names for path in beside(folder, name)}
    for name in names:
        blocks = results.blocks
        for block in blocks.traces(name):
            expected.add(blocks.checksums_path(name, block))
            expected.update(blocks.path(table, name, block) for table in blocks.tables)
    for inner in (CHECKSUMS, SCENARIOS, DESIGNS, *TABLES):
        for path in sorted((folder / inner).rglob("*")):
            temporary = path.name.startswith(".")
            if path not in expected and not temporary and not path.is_dir():
                yield Finding(path.relative_to(folder).as_posix(), "stray", aside=(path,))
