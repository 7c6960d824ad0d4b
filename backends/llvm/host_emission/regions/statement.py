"""Emit `TiledRegion` statements: chunks of blocks run through all members, each on one thread."""

from collections.abc import Callable

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.host_emission.host_block import HostBlock
from symgraph.backends.llvm.host_emission.regions.convolutions import images
from symgraph.backends.llvm.host_emission.regions.kernels import KernelMember
from symgraph.backends.llvm.host_emission.regions.products import ProductMember
from symgraph.backends.llvm.host_emission.regions.task import (
    DOUBLE,
    RegionMember,
    RegionTask,
    TaskWords,
)
from symgraph.backends.llvm.routines.matmul.calls import facts_of
from symgraph.backends.llvm.routines.matmul.choice import choose_library
from symgraph.backends.llvm.routines.matmul.loops import counted, int64
from symgraph.backends.llvm.threads.pool import MOST_CHUNKS
from symgraph.backends.llvm.threads.work_sharing import parallel_for

from symgraph.lower.program.types import Convolve, If, Kernel, MatMul, Member, Pool, TiledRegion
from symgraph.lower.program.values import Literal

PARTS: dict[type, Callable[[HostBlock, Member, TaskWords], RegionMember]] = {
    Kernel: KernelMember, MatMul: ProductMember, Convolve: images, If: images, Pool: images
}  # fmt: skip


def emit_tiled_region(at: HostBlock, s: TiledRegion) -> None:
    """Emit a region: block by block where that is better, which may be decided at run time, or else
    one member after the other."""
    if any(isinstance(m, MatMul) and choose_library(facts_of(m)) for m in s.statements):
        # The library does its own blocking.
        at.block(s.statements)
    elif isinstance(s.when, Literal):
        _by_blocks(at, s) if s.when.value else at.block(s.statements)
    else:
        with at.b.if_else(at.value(s.when)) as (then, orelse):
            with then:
                _by_blocks(at, s)
            with orelse:
                at.block(s.statements)


def _by_blocks(at: HostBlock, s: TiledRegion) -> None:
    b, context = at.b, TaskWords()
    parts: list[RegionMember] = [PARTS[type(m.statement)](at, m, context) for m in s.members]
    extent, block = at.value(s.extent), at.value(s.block)
    blocks = b.sdiv(b.add(extent, b.sub(block, int64(1))), block)
    # Chunks of convolutions have scratch memory of their own; other chunks are better small.
    alone = any(isinstance(m, Convolve | If) for m in s.statements)
    most = int64(target().cells if alone else MOST_CHUNKS)
    chunks = b.select(b.icmp_signed("<", blocks, most), blocks, most)
    numbers = [context.add(value) for value in (extent, block, blocks, chunks)]
    task = _task(at, parts, context, numbers)
    ns: ir.Value = ir.Constant(DOUBLE, 0.0)
    for part in parts:
        ns = b.fadd(ns, part.ns)
    large = b.fcmp_ordered(">=", ns, ir.Constant(DOUBLE, target().small_ns))
    threads = b.select(large, at.threads(), int64(1))
    b.call(parallel_for(b.module), [task, context.write(b), chunks, threads])


def _task(
    at: HostBlock, parts: list[RegionMember], context: TaskWords, numbers: list[int]
) -> ir.Function:
    """Write `task(words, chunk)`, which runs the blocks of a chunk one after the other."""
    function = at.support.task()
    task = RegionTask(function, context)
    b, chunk = task.b, task.chunk
    extent, block, blocks, chunks = map(task.word, numbers)
    for part in parts:
        part.enter(task)
    first = b.sdiv(b.mul(chunk, blocks), chunks)
    last = b.sdiv(b.mul(b.add(chunk, int64(1)), blocks), chunks)
    with counted(b, first, last) as number:
        task.begin = b.mul(number, block)
        end = b.add(task.begin, block)
        task.end = b.select(b.icmp_signed("<", end, extent), end, extent)
        for part in parts:
            part.run(task)
    b.ret_void()
    return function
