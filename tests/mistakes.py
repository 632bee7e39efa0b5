"""Wrong files of one mistake each, and what is printed.

``python -m tests.mistakes`` writes it anew. Look at what changed: each line is to name the file,
line, key and value, what is allowed, the nearest right name, and the mend where one can be told.
"""

from __future__ import annotations

import re
from pathlib import Path

from sim.scenario import ScenarioError, load_text, remarks

PAGE = Path(__file__).with_suffix(".md")
CASE = re.compile(
    r"^## ([^\n]+)\n\n```yaml\n(.*?)```\n\n```text\n(.*?)```$", re.MULTILINE | re.DOTALL
)


def cases() -> list[tuple[str, str, str]]:
    """Read the page: title, file and what is printed."""
    return [(title, text, printed) for title, text, printed in CASE.findall(PAGE.read_text())]


def printed(text: str) -> str:
    """Give what is printed for a file that stands in ``mine.yaml``."""
    try:
        found = [f"Warning: {text}." for text in remarks(load_text(text, "mine.yaml"))]
    except ScenarioError as error:
        found = str(error).splitlines()
    folder = Path(__file__).parent.parent / "scenarios"
    return "".join(f"{line}\n" for line in found).replace(f"{folder}/", "")


def main() -> None:
    """Write the page with what is printed now."""
    head = PAGE.read_text().partition("\n## ")[0].rstrip()
    parts = [
        f"## {title}\n\n```yaml\n{text}```\n\n```text\n{printed(text)}```\n"
        for title, text, _ in cases()
    ]
    PAGE.write_text(f"{head}\n\n" + "\n".join(parts))


if __name__ == "__main__":
    main()
