"""The site has every page, its links hold, and what introduces the project is true."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import sim

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\(([^)#\s]+)\)")
TASKS = ["Start", "Learn", "Do", "Look up", "Understand"]


def read(name: str) -> Any:
    return YAML(typ="safe").load((ROOT / name).read_text(encoding="utf-8"))


def entries() -> list[str]:
    found = []
    for part in read("mkdocs.yml")["nav"]:
        (inner,) = part.values()
        found += (
            [inner] if isinstance(inner, str) else [page for one in inner for page in one.values()]
        )
    return found


def test_every_page_has_one_place_under_a_task() -> None:
    assert [name for part in read("mkdocs.yml")["nav"] for name in part] == TASKS
    inside = [ROOT / folder / "README.md" for folder in ("results", "benchmarks")]
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *inside]
    names = [page.relative_to(ROOT).as_posix() for page in pages]
    assert sorted(entries()) == sorted([*names, "docs/tutorial.md"])


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/releasing.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page: str) -> None:
    links = LINK.findall((ROOT / page).read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert local
    assert [link for link in local if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_folders_that_contributors_are_told_of_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = re.findall(r"`([a-z_/]+/)`", text.split("## Test")[0])
    assert {"sim/", "analysis/", "reprisal/", "tests/"} <= set(told)
    assert [folder for folder in told if not (ROOT / folder).is_dir()] == []


def test_the_citation_names_this_version_and_no_person() -> None:
    citation = read("CITATION.cff")
    assert citation["version"] == sim.__version__
    assert citation["license"] == "BSD-3-Clause"
    assert citation["authors"] == [{"name": "The Reprisal developers"}]


def test_hooks_at_a_commit_fetch_nothing() -> None:
    (local,) = read(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    assert {hook["language"] for hook in local["hooks"]} == {"system"}
    assert [hook["id"] for hook in local["hooks"]] == ["ruff-check", "ruff-format", "mypy"]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mkdocs") is None, reason="mkdocs comes with the extra 'site'")
def test_the_site_builds_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = [page.read_text(encoding="utf-8") for page in tmp_path.glob("**/*.html")]
    assert len(pages) > len(entries())
    loaded = r'<(?:script|img)[^>]*src="(?:https?:)?//|<link[^>]*href="(?:https?:)?//'
    assert not any(re.search(loaded, page) for page in pages)
