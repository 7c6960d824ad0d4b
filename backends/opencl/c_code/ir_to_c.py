"""Translate functions of LLVM IR, as llvmlite builds them, to OpenCL C.

They compute a value of their arguments, without memory. Each instruction becomes one statement;
branches and loops become C's (`control_flow`). What the result does not depend on is left out, and
what a block has computed before is not computed again.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.opencl.c_code.control_flow import ControlFlow, Structure
from symgraph.backends.opencl.c_code.instructions import (
    OVERFLOWING,
    IRValue,
    UntranslatableError,
    c_name,
    c_type,
    constant,
    expression,
    intrinsic_name,
    overflows,
)

NAME = re.compile(r"[xv]\d+")
# The most instructions of a function that is written as an expression where it is used.
SHORT = 4


class CFunction(NamedTuple):
    """A function in OpenCL C, and those of the module that it calls."""

    name: str
    text: str
    callees: tuple[ir.Function, ...]


def translate(function: ir.Function) -> CFunction:
    """Return a function in OpenCL C.

    Raises `UntranslatableError` where it has instructions of vectors, of memory, or calls of what
    is not in its module.
    """
    if function.is_declaration:
        raise UntranslatableError(f"the function {function.name} is not in the module")
    needed = _needed(function)
    writer = _Writer(function, needed)
    parameters = ", ".join(f"const {c_type(a.type)} x{n}" for n, a in enumerate(function.args))
    head = f"{c_type(function.ftype.return_type)} {c_name(function)}({parameters}) {{"
    attribute = "noinline" if "noinline" in function.attributes else "always_inline"
    lines = [f"__attribute__(({attribute}))", f"static {head}"]
    text = "\n".join([*lines, *(f"  {line}" for line in writer.body()), "}\n"])
    return CFunction(c_name(function), text, _callees(needed))


def as_expression(function: ir.Function, args: Sequence[str]) -> str | None:
    """Return the value of a function of these operands as an expression, where it is short and uses
    no value twice, not to compute any twice; otherwise None."""
    needed = _needed(function)
    if len(function.blocks) != 1 or len(needed) > SHORT:
        return None
    used = [id(v) for i in needed for v in _operands(i) if not isinstance(v, ir.Constant)]
    values = [*map(id, function.args), *map(id, needed)]
    if any(used.count(v) > 1 for v in values):
        return None
    texts = {id(a): text for a, text in zip(function.args, args, strict=True)}
    for i in needed:
        if _is_composite(i):
            return None
        operands = [
            constant(v) if isinstance(v, ir.Constant) else texts[id(v)] for v in _operands(i)
        ]
        text = expression(i, operands)
        is_whole = isinstance(i, ir.CallInstr) or text in operands
        texts[id(i)] = text if is_whole else f"({text})"
    (result,) = function.blocks[0].terminator.operands
    return constant(result) if isinstance(result, ir.Constant) else texts[id(result)]


def _operands(i: IRValue) -> Sequence[IRValue]:
    if isinstance(i, ir.PhiInstr):
        return [value for value, _ in i.incomings]
    if isinstance(i, ir.instructions.InsertValue):
        return [i.aggregate, i.value]
    return i.args if isinstance(i, ir.CallInstr) else i.operands


def _is_composite(i: IRValue) -> bool:
    """Return whether an instruction makes or takes apart a number of several parts."""
    kinds = (ir.instructions.InsertValue, ir.instructions.ExtractValue)
    return isinstance(i, kinds) or isinstance(i.type, ir.ArrayType | ir.LiteralStructType)


def _needed(function: ir.Function) -> list[IRValue]:
    """Return the instructions that the result depends on, in order, without those that end
    blocks."""
    seen: set[int] = set()
    todo = [v for block in function.blocks for v in block.terminator.operands]
    while todo:
        value = todo.pop()
        if isinstance(value, ir.Instruction) and id(value) not in seen:
            seen.add(id(value))
            todo += _operands(value)
    return [i for block in function.blocks for i in block.instructions if id(i) in seen]


def _callees(needed: Sequence[IRValue]) -> tuple[ir.Function, ...]:
    called = (i.callee for i in needed if isinstance(i, ir.CallInstr))
    return tuple(dict.fromkeys(f for f in called if intrinsic_name(f) is None))


class _Writer:
    """Writes the statements of a function."""

    def __init__(self, function: ir.Function, needed: Sequence[IRValue]) -> None:
        self.function = function
        self.needed = {id(i) for i in needed}
        # The names of values; those of several parts have a text for each part.
        self.names = {id(a): f"x{n}" for n, a in enumerate(function.args)}
        self.names |= {id(i): f"v{n}" for n, i in enumerate(needed)}
        self.parts: dict[int, tuple[str, str]] = {}
        # The names of the expressions that were computed in a block.
        self.known: dict[str, str] = {}
        # Values that are used in blocks other than their own are declared first.
        self.hoisted = _hoisted(function, needed) if len(function.blocks) > 1 else {}

    def body(self) -> list[str]:
        declared = [f"{c_type(i.type)} {self.names[key]};" for key, i in self.hoisted.items()]
        if len(self.function.blocks) == 1:
            block = self.function.blocks[0]
            return [*self.statements(block), *self.result(block)]
        return [*declared, *Structure(self, ControlFlow(self.function)).lines()]

    def operand(self, value: IRValue) -> str:
        if id(value) in self.parts:
            return f"({c_type(value.type)})({', '.join(self.parts[id(value)])})"
        return constant(value) if isinstance(value, ir.Constant) else self.names[id(value)]

    def statements(self, block: ir.Block) -> Iterator[str]:
        """Return the statements of a block without the branch at its end."""
        self.known.clear()
        for i in block.instructions:
            if id(i) not in self.needed or isinstance(i, ir.PhiInstr):
                continue
            if isinstance(i, ir.instructions.InsertValue):
                self.insert(i)
            elif isinstance(i.type, ir.LiteralStructType):
                yield from self.overflowing(i)
            elif isinstance(i, ir.instructions.ExtractValue):
                yield from self.assigned(i, self.part(i.aggregate, i.indices[0]))
            else:
                yield from self.assigned(i, expression(i, [self.operand(v) for v in _operands(i)]))

    def assigned(self, i: IRValue, value: str) -> Iterator[str]:
        """Return the statement that gives a value its name; none where another has the value."""
        name, hoisted = self.names[id(i)], id(i) in self.hoisted
        other = value if NAME.fullmatch(value) else self.known.setdefault(value, name)
        if other != name and not hoisted:
            self.names[id(i)] = other
            return
        yield f"{'' if hoisted else f'const {c_type(i.type)} '}{name} = {value};"

    def insert(self, i: IRValue) -> None:
        """Keep a part of a complex number; it is put together where it is used."""
        (place,) = i.indices
        is_empty = isinstance(i.aggregate, ir.Constant) and i.aggregate.constant is ir.Undefined
        parts = ["", ""] if is_empty else [self.part(i.aggregate, n) for n in range(2)]
        parts[place] = self.operand(i.value)
        self.parts[id(i)] = (parts[0], parts[1])

    def part(self, number: IRValue, place: int) -> str:
        if id(number) in self.parts:
            return self.parts[id(number)][place]
        if isinstance(number, ir.Constant):
            return constant(number.constant[place])
        return f"{self.names[id(number)]}.{'xy'[place]}"

    def overflowing(self, i: IRValue) -> Iterator[str]:
        """Return the statements for a product and for whether it is beyond its type."""
        args, type, name = [self.operand(v) for v in i.args], i.args[0].type, self.names[id(i)]
        factors = [f"(uint){a}" if type.width < 32 else a for a in args]
        yield f"const {c_type(type)} {name} = ({c_type(type)})({' * '.join(factors)});"
        as_signed = OVERFLOWING[intrinsic_name(i.callee) or ""]
        yield f"const bool {name}_over = {overflows(type, args, name, as_signed)};"
        self.parts[id(i)] = (name, f"{name}_over")

    def result(self, block: ir.Block) -> Iterator[str]:
        (value,) = block.terminator.operands
        yield f"return {self.operand(value)};"

    def condition(self, block: ir.Block) -> str:
        """Return the condition of the branch at the end of a block."""
        return self.operand(block.terminator.operands[0])

    def arrivals(self, source: ir.Block, target: ir.Block) -> Iterator[str]:
        """Return the assignments to the values of a block that depend on where it is entered
        from."""
        pairs = []
        for i in target.instructions:
            if isinstance(i, ir.PhiInstr) and id(i) in self.needed:
                (value,) = (v for v, block in i.incomings if block is source)
                if value is not i:
                    pairs.append((i, self.operand(value)))
        targets = {self.names[id(i)] for i, _ in pairs}
        if len(pairs) > 1 and any(value in targets for _, value in pairs):
            # All at one time.
            for i, value in pairs:
                yield f"const {c_type(i.type)} {self.names[id(i)]}_next = {value};"
            pairs = [(i, f"{self.names[id(i)]}_next") for i, _ in pairs]
        for i, value in pairs:
            yield f"{self.names[id(i)]} = {value};"


def _hoisted(function: ir.Function, needed: Sequence[IRValue]) -> dict[int, IRValue]:
    """Return the values that are used in other blocks than their own, unless that is the first, and
    those that depend on where their block is entered from."""
    own = {id(i): block for block in function.blocks for i in block.instructions}
    users = [(i, own[id(i)]) for i in needed]
    users += [(block.terminator, block) for block in function.blocks]
    found = {id(i): i for i in needed if isinstance(i, ir.PhiInstr)}
    for user, block in users:
        pairs = user.incomings if isinstance(user, ir.PhiInstr) else None
        for value, place in pairs or [(v, block) for v in _operands(user)]:
            home = own.get(id(value))
            if home is not None and home is not place and home is not function.blocks[0]:
                found[id(value)] = value
    return found
