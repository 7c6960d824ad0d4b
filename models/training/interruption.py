"""Ctrl-C while training: it ends an epoch rather than the program."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def interruptions_noted() -> Iterator[threading.Event]:
    """Let Ctrl-C set an event instead of raising; a second Ctrl-C raises KeyboardInterrupt.

    Python gives signals to the main thread only; in others the event is never set.
    """
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        # Somebody else's way of handling it, or ignoring it, is respected.
        yield event
        return

    def note(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, before)
        event.set()

    signal.signal(signal.SIGINT, note)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
