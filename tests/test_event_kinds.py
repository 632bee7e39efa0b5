"""Every form of event table is read alike or refused with the way out; the page says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kinds import CASES, HEAD, KINDS, PAGE, of, section


def test_there_are_many_inputs_and_each_is_another() -> None:
    assert len(CASES) >= 60
    assert len({(case.kind, case.what) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("kind", KINDS)
def test_forms_are_read_or_refused_as_the_page_says(kind: str, tmp_path: Path) -> None:
    cases = [case for case in of(kind) if case.here]
    read = [case.read(tmp_path) for case in cases]
    wrong = {
        case.what: found
        for case, (found, _) in zip(cases, read, strict=True)
        if not (case.found in found if isinstance(case.found, str) else found == case.found)
    }
    assert wrong == {}
    if len(cases) < len(of(kind)):
        pytest.skip("a library that reads spreadsheets is not installed")
    assert section(kind, read) in PAGE.read_text(encoding="utf-8")


def test_the_page_has_every_form_and_nothing_else() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.startswith(HEAD)
    assert [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")] == [
        kind.capitalize() for kind in KINDS
    ]
    assert sum(line.startswith("| ") for line in text.splitlines()) == len(CASES) + 2 * len(KINDS)
