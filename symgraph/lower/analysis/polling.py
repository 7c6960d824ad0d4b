"""Decide whether a call spends so long within one kernel that the kernel must poll for signals.

Host loops and parallel work always poll. Polling within kernels is a separate version of their
code, compiled when a call needs it, so that the loops of all other kernels stay unchanged.
"""

from collections.abc import Iterator, Sequence
from math import prod

from symgraph.lower.cost import cost_of
from symgraph.lower.extents.static import Shape, StaticExtents, number
from symgraph.lower.parallel import computed
from symgraph.lower.program.types import Kernel, Program, Work
from symgraph.lower.program.values import Buffer, Literal
from symgraph.lower.program.walk import kernels, used_buffers
from symgraph.lower.target import Target

# Estimated ns from which on a kernel polls; estimates may be off by a small factor.
PATIENCE_NS = 100e6
# Limit on the passes over an element in a kernel that computes its own loop extents, such as a
# Fourier transform.
PASSES = 64


class Patience:
    """Estimates of how long each kernel of a program runs, by the extents of its arguments."""

    def __init__(self, program: Program, target: Target) -> None:
        self._static = static = StaticExtents(program)
        works = [_work(kernel, target) for kernel in kernels(program.body)]
        # Whether the work of some kernel does not follow from the extents of arguments.
        self.unknown = any(not static.knows(item.extents) for work in works for item in work)
        self._works = [work for work in works if not all(map(_is_little, work))]
        items = [item for work in self._works for item in work]
        if not self.unknown:
            static.want([extent for item in items for extent in item.extents])

    def is_needed(self, shapes: Sequence[Shape]) -> bool:
        """Return whether a kernel runs for long in a call with arguments of these shapes."""
        if self.unknown:
            return True
        if not self._works:
            return False
        found = self._static.values(shapes)
        return any(
            sum(item.ns * prod(number(e, found) for e in item.extents) for item in work)
            > PATIENCE_NS
            for work in self._works
        )


def _work(kernel: Kernel, target: Target) -> list[Work]:
    """Return the kernel's work by extents known outside it: work over extents that its own loops
    compute is replaced by an estimate from the sizes of all buffers that it uses."""
    if kernel.work:
        return list(kernel.work)
    inside = computed(kernel)
    found = []
    for item in cost_of(kernel, target):
        if any(extent in inside for extent in item.extents):
            found += [Work(PASSES * item.ns, root.extents) for root in _roots(kernel)]
        else:
            found.append(item)
    return found


def _roots(kernel: Kernel) -> Iterator[Buffer]:
    yield from dict.fromkeys(buffer.root for buffer in used_buffers(kernel.body))


def _is_little(item: Work) -> bool:
    known = [extent.value for extent in item.extents if isinstance(extent, Literal)]
    return len(known) == len(item.extents) and item.ns * prod(known) < PATIENCE_NS
