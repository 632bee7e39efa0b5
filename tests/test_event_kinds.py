"""Every form of event table is read alike or refused with the way out; the page says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kinds import CASES, PAGE, Case, page


def test_there_are_many_inputs_and_each_is_another() -> None:
    assert len(CASES) >= 60
    assert len({(case.kind, case.what) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}: {case.what}")
def test_a_form_is_read_or_refused_as_the_page_says(case: Case, tmp_path: Path) -> None:
    if not case.here:
        pytest.skip(f"{case.library} is not installed")
    found, _ = case.read(tmp_path)
    if isinstance(case.found, str):
        assert isinstance(found, str)
        assert case.found in found
    else:
        assert found == case.found


def test_the_page_of_forms_is_what_is_printed(tmp_path: Path) -> None:
    if not all(case.here for case in CASES):
        pytest.skip("a library that reads spreadsheets is not installed")
    assert page(tmp_path) == PAGE.read_text(encoding="utf-8")
