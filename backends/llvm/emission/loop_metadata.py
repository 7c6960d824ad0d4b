"""Attach hints for LLVM's loop passes to loops, as metadata on the branch that closes a loop."""

from collections.abc import Mapping

from llvmlite import ir
from llvmlite.ir.values import MDValue

INT1, INT32 = ir.IntType(1), ir.IntType(32)


class LoopNode(MDValue):
    """A loop's metadata node: distinct, and its own first operand, which llvmlite cannot
    express."""

    def descr(self, buf: list[str]) -> None:
        operands = ", ".join([self.get_reference(), *(o.get_reference() for o in self.operands)])
        buf += (f"distinct !{{ {operands} }}\n",)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def hint(branch: ir.Instruction, module: ir.Module, wishes: Mapping[str, int | bool]) -> None:
    """Attach `llvm.loop.NAME` = value for each wish to the branch that closes a loop."""
    nodes = []
    for name, value in wishes.items():
        type = INT1 if isinstance(value, bool) else INT32
        text = ir.MetaDataString(module, f"llvm.loop.{name}")
        nodes.append(module.add_metadata([text, ir.Constant(type, value)]))
    branch.set_metadata("llvm.loop", LoopNode(module, nodes, str(len(module.metadata))))
