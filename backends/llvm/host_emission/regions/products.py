"""Emit some rows or columns of a matrix product as a member of a region."""

from dataclasses import replace

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission.statements import BlockEmitter
from symgraph.backends.llvm.host_emission.regions.task import (
    RegionMember,
    RegionTask,
    TaskTable,
    TaskWords,
)
from symgraph.backends.llvm.routines.matmul import argument_table, threading
from symgraph.backends.llvm.routines.matmul.calls import facts_of, routine_for, swapped, values_of
from symgraph.backends.llvm.routines.matmul.loops import int64
from symgraph.backends.llvm.routines.matmul.routine_names import name_of

from symgraph.lower.program.types import MatMul, Member


class ProductMember(RegionMember):
    """A product, by its own routine: along columns of known number by whole panels; otherwise as a
    smaller product."""

    def __init__(self, at: BlockEmitter, member: Member, context: TaskWords) -> None:
        s = member.statement
        assert isinstance(s, MatMul)
        facts, values = facts_of(s), values_of(at, s)
        facts = facts if member.axis else replace(facts, rows=None)
        routine = routine_for(facts)
        if routine.swapped:
            values = swapped(values)
        self.routine = at.routine(name_of(routine.spec), argument_table.SIGNATURE)
        self.width = routine.width
        self.lanes = routine.lanes
        self.is_added = s.c is not None
        self.along_columns = bool(member.axis) != routine.swapped
        self.by_panels = self.along_columns and routine.spec.columns is not None
        words = argument_table.table(at.b)
        argument_table.write(at.b, words, values)
        argument_table.write(at.b, words, {"cell_rows": values["rows"], "row_cells": int64(1)})
        self.number = context.add(words)
        ns = target().product_ns * self.lanes.size / 4
        self.ns = at.b.fmul(threading.work(at.b, values), ir.Constant(threading.DOUBLE, ns))

    def enter(self, task: RegionTask) -> None:
        if not self.by_panels:
            self.table = TaskTable(task, self.number, argument_table.WORDS)

    def run(self, task: RegionTask) -> None:
        b = task.b
        if self.by_panels:
            # Blocks are whole panels.
            first = b.sdiv(task.begin, int64(self.width))
            b.call(self.routine, [first, self._panels(b, task.end), task.word(self.number)])
            return
        table, axis = self.table, "column" if self.along_columns else "row"
        moved = ["b" if self.along_columns else "a", "out", *["c"] * self.is_added]
        for matrix in moved:
            elements = b.mul(task.begin, table[f"{matrix}_{axis}"])
            table.move(f"{matrix}_pointer", elements, self.lanes.real)
        table.put("columns" if self.along_columns else "rows", task.count)
        if not self.along_columns:
            table.put("cell_rows", task.count)
        columns = task.count if self.along_columns else table["columns"]
        b.call(self.routine, [int64(0), self._panels(b, columns), table.own])

    def _panels(self, b: ir.IRBuilder, columns: ir.Value) -> ir.Value:
        return b.sdiv(b.add(columns, int64(self.width - 1)), int64(self.width))
