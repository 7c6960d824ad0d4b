"""Coordinate forks with native calls that overwrite values while other threads run.

A child process has none of the threads that would put those values back: before a fork, calls in
flight are waited for, and no others begin.
"""

import ctypes
import os
import time
from typing import Any

from symgraph.backends.llvm.table_layouts import Overwriting

# Seconds between checks.
PAUSE = 1e-4
# An `Overwriting`: native calls change it only while they hold the GIL.
words: Any = (ctypes.c_int64 * len(Overwriting))()


def _before_fork() -> None:
    words[Overwriting.PAUSED] += 1
    while words[Overwriting.RUNNING]:
        time.sleep(PAUSE)


def _in_parent() -> None:
    words[Overwriting.PAUSED] -= 1


def _in_child() -> None:
    words[Overwriting.PAUSED] = words[Overwriting.RUNNING] = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
