"""`python -m symgraph.compat.theano script.py [args]`: run a program written for Theano."""

import runpy
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from symgraph.compat.theano import install

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], Any]
_RUNNERS = (__file__, runpy.__file__, "<frozen runpy>")
USAGE = """usage: python -m symgraph.compat.theano SCRIPT [ARGS...]
       python -m symgraph.compat.theano -m MODULE [ARGS...]
Run a Python program in which `import theano` is symgraph's."""


def _from_the_program(tell: Hook) -> Hook:
    """Return a hook for errors whose report begins in the program, as when Python runs it."""

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        while trace is not None and trace.tb_frame.f_code.co_filename in _RUNNERS:
            trace = trace.tb_next
        tell(kind, error.with_traceback(trace), trace)

    return told


def main(arguments: Sequence[str]) -> int:
    """Run a script, or a module after -m, as Python would, with `theano` being symgraph's.

    arguments: the script and what it finds in `sys.argv`.
    Returns an exit status: 2 where there is nothing to run, after printing how to call it.

    >>> from symgraph.compat.theano.__main__ import main
    >>> main(["--help"]).bit_length()
    usage: python -m symgraph.compat.theano SCRIPT [ARGS...]
           python -m symgraph.compat.theano -m MODULE [ARGS...]
    Run a Python program in which `import theano` is symgraph's.
    0
    """
    if arguments and arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0
    as_module = bool(arguments) and arguments[0] == "-m"
    rest = list(arguments[1:] if as_module else arguments)
    if not rest:
        print(USAGE, file=sys.stderr)
        return 2
    if not as_module and not Path(rest[0]).exists():
        print(f"{rest[0]}: there is no such file", file=sys.stderr)
        return 2
    install()
    sys.argv = rest
    sys.excepthook = _from_the_program(sys.excepthook)
    if as_module:
        sys.path.insert(0, "")
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(Path(rest[0]).resolve().parent)
        runpy.run_path(rest[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
