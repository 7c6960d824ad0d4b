"""What compiled functions tell of themselves: rewriting, program, and each step of a call."""

import sys
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from symgraph.compile.backends import Executable, PlannedExecutable, stepped
from symgraph.compile.call_arguments import Arguments
from symgraph.compile.explanation import RewriteLog, explain
from symgraph.compile.graph_passes import run_again, text_behind
from symgraph.compile.maker import Maker
from symgraph.compile.specification import Specification
from symgraph.debug import Step, to_html
from symgraph.graph import Apply, Container

if TYPE_CHECKING:
    from symgraph.lower import MemoryUse


class Inspectable:
    """The methods of a `Function` that show what was compiled, and run it step by step."""

    name: str | None
    specification: Specification
    maker: Maker
    executable: Executable
    output_storage: list[Container]
    _arguments: Arguments

    def _read(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        raise NotImplementedError

    def _joined(self, positions: Sequence[int], results: list[Any]) -> list[Any]:
        raise NotImplementedError

    def _formed(self, results: list[np.ndarray]) -> Any:
        raise NotImplementedError

    @property
    def _title(self) -> str:
        return self.name or "function"

    def step(self, *args: Any, **kwargs: Any) -> Generator[Step, None, Any]:
        """Run a call node by node on the reference back end, and yield a `Step` after each.

        args, kwargs: those of a call.
        Returns a generator, whose return value is what the call would have returned. Nothing is
        updated.

        >>> x = T.dscalar("x")
        >>> f = sg.function([x], T.exp(x) * 2)
        >>> [str(step.node.op) for step in f.step(0.0)]
        ['exp', 'mul']
        """
        return self._steps(self._read(args, kwargs))

    def _steps(self, arrays: Sequence[np.ndarray]) -> Generator[Step, None, Any]:
        results = yield from stepped(self.maker.fgraph, self._title).step(arrays)
        results = self._joined(range(len(self.output_storage)), results)
        return self._formed(results[: len(self.output_storage)])

    def fallbacks(self) -> list[Apply]:
        """Return the operations without native code: the back end runs their NumPy meaning.

        Returns a list of Apply nodes.

        >>> x = T.dscalar("x")
        >>> sg.function([x], x + 1, mode="llvm").fallbacks()
        []
        """
        return list(self.executable.fallbacks())

    def explain(self) -> RewriteLog:
        """Return the steps by which the graph was rewritten, to browse by rule and phase.

        Returns a RewriteLog. The rewriting runs again, under the current flags.

        >>> x = T.dscalar("x")
        >>> log = sg.function([x], T.log(T.exp(x))).explain()
        """
        return explain(self.specification.roots())

    def show(self, name: str | None = None, file: TextIO | str | None = None) -> str | None:
        """Print the graph or loop program as it is after a pass of compilation.

        name: of the pass; without one, a line is printed for each pass, in their order: the time
            that it takes and what it does.
        file: where it is written, standard output unless given; 'str' to return the text.
        Returns None, or the text. The passes run again: those that rewrite the graph, under the
        current flags, and those by which the back end lowers it, if any. Raises ValueError for
        an unknown name.

        >>> x = T.dscalar("x")
        >>> sg.function([x], T.log(T.exp(x))).show("specialize")
        x <float64 scalar>
        """
        runs = run_again(self.specification.roots(), self.executable, name)
        text = "\n".join(map(str, runs)) if name is None else text_behind(runs, name)
        if file == "str":
            return text
        print(text, file=sys.stdout if file is None else file)  # type: ignore[arg-type]
        return None

    def describe(self) -> str:
        """Return what runs, as text: the loop program, or the nodes in order.

        Returns a str of several lines.

        >>> x = T.dscalar("x")
        >>> "add" in sg.function([x], x + 1).describe()
        True
        """
        return self.executable.describe()

    def memory(self, *args: Any, **kwargs: Any) -> "MemoryUse":
        """Compute the memory that a call with these arguments takes, before it runs.

        args, kwargs: those of a call, of which only the shapes matter.
        Returns a MemoryUse. Raises TypeError for a back end that does not plan its memory, and what
        the call would raise for arguments that are none or whose extents do not fit.

        >>> x = T.dvector("x")
        >>> use = sg.function([x], T.exp(x), mode="llvm").memory(np.zeros(1000))
        """
        if not isinstance(self.executable, PlannedExecutable):
            name = self.maker.mode.name
            raise TypeError(f"{self._title}: the back end {name!r} does not plan its memory")
        return self.executable.memory(tuple(array.shape for array in self._read(args, kwargs)))

    def __repr__(self) -> str:
        labels = map(self._arguments.label, range(len(self.specification.inputs)))
        return f"<{self._title}({', '.join(labels)})>"

    def _repr_html_(self) -> str:
        return to_html(self, repr(self).strip("<>"))
