"""Emit some images of a convolution, or of pooling, as a member of a region."""

from llvmlite import ir
from symgraph.backends.llvm.host_emission.host_block import HostBlock
from symgraph.backends.llvm.host_emission.regions.task import (
    DOUBLE,
    RegionMember,
    RegionTask,
    TaskTable,
    TaskWords,
)
from symgraph.backends.llvm.routines.conv import argument_table, calls
from symgraph.backends.llvm.routines.conv.pooling import pooling_words
from symgraph.backends.llvm.routines.conv.routine_names import name_of
from symgraph.backends.llvm.routines.matmul.loops import int64
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

from symgraph.lower.program.types import Convolve, If, Member, Pool, Statement


class ConvolutionMember(RegionMember):
    """A convolution, by its algorithm's routine on fewer images; steps that it first does for all
    images run before the region's blocks."""

    def __init__(self, at: HostBlock, s: Convolve, context: TaskWords) -> None:
        b = at.b
        memory, values = calls.told(at, s)
        *first, (spec, _) = calls.steps(b, s, values)
        threads = at.threads()
        for other, cells in first:
            routine = at.routine(name_of(other), argument_table.SIGNATURE)
            calls.call(b, routine, cells, memory, threads)
        self.routine = at.routine(name_of(spec), argument_table.SIGNATURE)
        self.s = s
        self.names = argument_table.names(len(s.strides), s.algorithm)
        self.number = context.add(memory)
        self.real = Lanes(s.out.dtype).real
        self.ns = calls.work(at, s)

    def enter(self, task: RegionTask) -> None:
        """Give each chunk scratch memory of its own."""
        self.table = table = TaskTable(task, self.number, self.names)
        own = task.b.mul(task.chunk, table["slot"])
        if self.s.algorithm == "direct":
            table.move("scratch", own, self.real)
        else:
            table.put("shared", task.b.add(table["shared"], own))
        table.put("cells", int64(1))

    def run(self, task: RegionTask) -> None:
        b, table = task.b, self.table
        for array in ("image", "output"):
            table.move(array, b.mul(task.begin, table[f"{array}_n"]), self.real)
        table.put("images", task.count)
        table.put("units", self._units(task))
        b.call(self.routine, [int64(0), int64(1), table.own])

    def _units(self, task: RegionTask) -> ir.Value:
        b, table, count = task.b, self.table, task.count
        if self.s.algorithm == "direct":
            return b.mul(count, table["strips" if self.s.computes == "output" else "groups"])
        if self.s.computes == "image":
            return _ceiling(b, count, table["together"])
        tiles = b.mul(count, b.mul(table["down"], table["across"]))
        return _ceiling(b, tiles, table["block"])


class Choice(RegionMember):
    """Alternatives for the same work, chosen by a condition known before the region's blocks."""

    def __init__(self, at: HostBlock, s: If, context: TaskWords) -> None:
        b = at.b
        self.condition = context.add(at.value(s.condition))
        self.branches: list[RegionMember] = []
        times = []
        with b.if_else(at.value(s.condition)) as branches:
            for branch, then in zip(branches, (True, False), strict=True):
                *said, last = s.then if then else s.orelse
                with branch, at.taking(s, then):
                    at.block(said)
                    self.branches.append(_images_of(at, last, context))
                    times.append((self.branches[-1].ns, b.block))
        self.ns = b.phi(DOUBLE)
        for ns, block in times:
            self.ns.add_incoming(ns, block)

    def enter(self, task: RegionTask) -> None:
        self._either(task, "enter")

    def run(self, task: RegionTask) -> None:
        self._either(task, "run")

    def _either(self, task: RegionTask, what: str) -> None:
        with task.b.if_else(task.word(self.condition)) as branches:
            for branch, part in zip(branches, self.branches, strict=True):
                with branch:
                    getattr(part, what)(task)


class PoolingMember(RegionMember):
    """Pooling, by its routine on fewer planes."""

    def __init__(self, at: HostBlock, s: Pool, context: TaskWords) -> None:
        memory, _ = calls.told_of_pooling(at, s)
        self.routine = at.routine(name_of(calls.pooling(s)), argument_table.SIGNATURE)
        self.s = s
        self.number = context.add(memory)
        # The planes of an image.
        planes: ir.Value = int64(1)
        for extent in s.x.extents[1 : -len(s.window)]:
            planes = at.b.mul(planes, at.value(extent))
        self.planes = context.add(planes)
        self.real = Lanes(s.out.dtype).real
        self.ns = calls.pooling_work(at, s)

    def enter(self, task: RegionTask) -> None:
        self.table = TaskTable(task, self.number, pooling_words(len(self.s.window)))
        self.table.put("cells", int64(1))

    def run(self, task: RegionTask) -> None:
        b, table, planes = task.b, self.table, task.word(self.planes)
        is_gradient = self.s.computes == "gradient"
        whole = {"x": "in", "other": "out" if is_gradient else "in"}
        whole["result"] = "in" if is_gradient else "out"
        first = b.mul(task.begin, planes)
        for array, extents in whole.items():
            elements = first
            for axis in range(len(self.s.window)):
                elements = b.mul(elements, table[f"{extents}{axis}"])
            table.move(array, elements, self.real)
        table.put("planes", b.mul(task.count, planes))
        b.call(self.routine, [int64(0), int64(1), table.own])


def images(at: HostBlock, member: Member, context: TaskWords) -> RegionMember:
    """Return the member for a statement whose iterations are images."""
    return _images_of(at, member.statement, context)


def _images_of(at: HostBlock, s: Statement, context: TaskWords) -> RegionMember:
    match s:
        case Convolve():
            return ConvolutionMember(at, s, context)
        case If():
            return Choice(at, s, context)
        case Pool():
            return PoolingMember(at, s, context)
    raise TypeError(f"{type(s).__name__} does not go along images")


def _ceiling(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    return b.sdiv(b.add(x, b.sub(y, int64(1))), y)
