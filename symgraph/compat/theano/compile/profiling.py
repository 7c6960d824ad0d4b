"""`theano.compile.profiling`: where calls are counted and timed."""

import sys
from typing import Any

from symgraph.compat.theano.lookup import resolver
from symgraph.compile.profile import Profile

__getattr__, __dir__ = resolver(__name__, "symgraph.compile")


class ProfileStats(Profile):
    """Hold the profile of the functions that are compiled with `profile=` this object.

    atexit_print, flag_time_thunks, gpu_checks: Theano's, which make no difference: `summary` and
        `print_summary` print.

    >>> from symgraph.compat.theano.compile.profiling import ProfileStats
    >>> ProfileStats().calls
    0
    """

    def __init__(
        self,
        atexit_print: bool = True,
        flag_time_thunks: bool | None = None,
        gpu_checks: bool = True,
        **attributes: Any,
    ) -> None:
        super().__init__("functions", **attributes)

    def summary(  # type: ignore[override]
        self, file: Any = None, n_ops_to_print: int = 20, n_apply_to_print: int = 20
    ) -> str:
        """Print a table of where the time went, and return it.

        file: where to, standard error unless given. n_ops_to_print: how many lines it has.
        """
        text = super().summary(n_ops_to_print)
        print(text, file=sys.stderr if file is None else file)
        return text

    print_summary = summary

    def __str__(self) -> str:
        return super().summary()
