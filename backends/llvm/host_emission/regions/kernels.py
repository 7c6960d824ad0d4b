"""Emit some iterations of a kernel's loops as a member of a region."""

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import PTR
from symgraph.backends.llvm.host_emission.host_block import HostBlock
from symgraph.backends.llvm.host_emission.regions.task import (
    DOUBLE,
    RegionMember,
    RegionTask,
    TaskWords,
)

from symgraph.lower.parallel import ParallelLoops, loops_over, prelude, reached_by
from symgraph.lower.program.types import Kernel, Member


class KernelMember(RegionMember):
    """A kernel, by the function that runs a range of its iterations."""

    def __init__(self, at: HostBlock, member: Member, context: TaskWords) -> None:
        s = member.statement
        assert isinstance(s, Kernel)
        self.split = at.support.split(
            s, ParallelLoops(loops_over(member.extent, reached_by(s.body)), True)
        )
        self.number = context.add(at.kernel_words(s))
        self.each = context.add(at.value(member.each))
        self.ns: ir.Value = ir.Constant(DOUBLE, 0.0)
        at.block(prelude(s))
        for item in s.work:
            part: ir.Value = ir.Constant(DOUBLE, item.ns)
            for extent in item.extents:
                part = at.b.fmul(part, at.b.sitofp(at.value(extent), DOUBLE))
            self.ns = at.b.fadd(self.ns, part)

    def run(self, task: RegionTask) -> None:
        b, each = task.b, task.word(self.each)
        iterations = (b.mul(task.begin, each), b.mul(task.end, each))
        b.call(self.split.range, [task.word(self.number), *iterations, ir.Constant(PTR, None)])
