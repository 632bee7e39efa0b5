"""What figures and file formats there are, for those who ask before anything is drawn."""

FORMATS = ("png", "svg", "pdf", "txt")
USUAL = ("png", "svg", "txt")
FIGURES = (
    "killed",
    "outcomes",
    "timeline",
    "map",
    "chains",
    "genealogy",
    "differences",
    "response",
)
_HAPPENED = ("map", "chains", "genealogy")  # which show what happened, not what was reported


def drawn(reported: bool) -> list[str]:
    """List the figures that are drawn of what happened, or of what was reported."""
    return [kind for kind in FIGURES if not (reported and kind in _HAPPENED)]
