"""The laboratory page: a server for one person on this computer, and what it computes.

`server` speaks HTTP and guards it; `desk` does the work and knows nothing of HTTP. What the
browser runs lies in ``analysis/interactive/static``.
"""

from __future__ import annotations


class AskedError(Exception):
    """What was asked for makes no sense; the text says why."""
