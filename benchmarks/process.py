"""A worker's process, seen from the program that commands it."""

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.environments import Environment

WORKER = Path(__file__).parent / "worker.py"
# Seconds in which a peer must have compiled a task, and done a round of steps.
PATIENCE = 600.0


class WorkerError(RuntimeError):
    """A worker that failed; the message ends with the last line that it wrote."""


class Worker:
    """One peer at one task, ready for steps; to be closed."""

    def __init__(
        self, environment: Environment, task: str, threads: int, cpus: Sequence[int], folder: str
    ) -> None:
        peer = environment.peer
        command = [environment.python, str(WORKER), peer.module, peer.variant, task, str(threads)]
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [*command, ",".join(map(str, cpus)), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=clean_environment(),
        )
        try:
            self.facts = self._answer()
        except BaseException:
            self.close()
            raise

    def time(self, seconds: float) -> dict[str, float]:
        """Seconds for a step, and the share of a processor that others took meanwhile."""
        self._say({"seconds": seconds})
        return self._answer()

    def peak(self) -> float:
        """End it; the most megabytes that it had."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return float(self._answer()["peak"])

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                stream.close()

    def _say(self, command: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerError(self._last_words()) from error

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        watch = threading.Timer(PATIENCE, self._process.kill)
        watch.start()
        try:
            # What a library prints is no answer.
            for line in self._process.stdout:
                if line.startswith("{"):
                    return json.loads(line)
        finally:
            watch.cancel()
        raise WorkerError(self._last_words())

    def _last_words(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        lines = [line.strip() for line in self._errors if line.strip()]
        return lines[-1] if lines else f"ended with exit code {self._process.returncode}"


def clean_environment() -> dict[str, str]:
    """The environment of processes, in which Python may keep its byte code as it does for users."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "SYMGRAPH_FLAGS", "PYTENSOR_FLAGS")
    return {name: value for name, value in os.environ.items() if name not in dropped}
