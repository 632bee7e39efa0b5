"""What the site is made of, for mkdocs: the pages where they stand, and the files they link to.

mkdocs looks in one folder; pages of this project are also at the top and in other folders.
Each keeps its place, so that a link that works in the repository works on the site.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = "docs/tutorial.ipynb"
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)#\s]+)((?:#[^)\s]*)?)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the files of the project in the place of those of the one folder."""
    theirs = [file for file in files if file.src_dir != config.docs_dir]
    pages = [
        *sorted(ROOT.glob("*.md")),
        *sorted(ROOT.glob("docs/*.md")),
        ROOT / "results/README.md",
        ROOT / "benchmarks/README.md",
    ]
    found = dict.fromkeys(pages, InclusionLevel.INCLUDED)
    for page in pages:
        for target in _linked(page):
            found.setdefault(target, InclusionLevel.NOT_IN_NAV)
    ours = [_file(path, config, level) for path, level in found.items()]
    text = _notebook(json.loads((ROOT / NOTEBOOK).read_text(encoding="utf-8")))
    page = File.generated(config, NOTEBOOK.replace(".ipynb", ".md"), content=text)
    return Files([*theirs, *ours, page])


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Keep only the words of a link to a folder, which a site cannot show."""
    here = (ROOT / page.file.src_uri).parent

    def words(link: re.Match[str]) -> str:
        return link[2] if not link[1] and (here / link[3]).is_dir() else link[0]

    return LINK.sub(words, markdown)


def _file(path: Path, config: MkDocsConfig, level: InclusionLevel) -> File:
    name = path.relative_to(ROOT).as_posix()
    return File(name, str(ROOT), config.site_dir, config.use_directory_urls, inclusion=level)


def _linked(page: Path) -> Iterator[Path]:
    """Give the files of the project that a page links to."""
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        target = (page.parent / link[3]).resolve()
        if "://" not in link[3] and target.is_file() and ROOT in target.parents:
            yield target


def _notebook(notebook: dict[str, Any]) -> str:
    """Write the cells of a notebook as Markdown, without what they gave."""
    parts = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
    name = Path(NOTEBOOK).name
    parts.insert(1, f"This page shows the cells of [the notebook]({name}). Run it to see results.")
    return "\n\n".join(parts) + "\n"
