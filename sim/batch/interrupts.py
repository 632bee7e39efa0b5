"""Ctrl-C, SIGTERM and a caller's event as two wishes: stop, and stop at once."""

from __future__ import annotations

import signal
import threading
from typing import Any

from sim.batch.worker import STOP_SIGNALS


class Interrupts:
    """Counts how often Ctrl-C or SIGTERM came; a context manager for the main thread.

    Elsewhere only the event counts.

    Parameters
    ----------
    event : threading.Event, optional
        A caller's own wish to stop.
    """

    def __init__(self, event: threading.Event | None) -> None:
        self._event = event
        self._signals = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in STOP_SIGNALS:
                self._before[number] = signal.signal(number, self._count)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def asked(self) -> bool:
        """Whether to start nothing more."""
        return self._signals > 0 or (self._event is not None and self._event.is_set())

    @property
    def forced(self) -> bool:
        """Whether to drop what is in progress, too."""
        return self._signals > 1

    def _count(self, *_: object) -> None:
        self._signals += 1
