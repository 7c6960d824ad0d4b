"""Branches between blocks as C's branches and loops.

The blocks of a loop are found by the branches that go back to its head. Each loop has one place
where it is left for. Within a loop, or outside all, two ways from a branch meet again in the first
block that lies on every further way.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from llvmlite import ir
from symgraph.backends.opencl.c_code.instructions import UntranslatableError

Block = Any


class Writer(Protocol):
    """What writes the statements within blocks."""

    def statements(self, block: Block) -> Iterable[str]: ...
    def result(self, block: Block) -> Iterable[str]: ...
    def condition(self, block: Block) -> str: ...
    def arrivals(self, source: Block, target: Block) -> Iterable[str]: ...


class ControlFlow:
    """What is known of the branches of a function."""

    def __init__(self, function: ir.Function) -> None:
        self.entry = function.blocks[0]
        self.successors: dict[Block, list[Block]] = {
            block: [v for v in block.terminator.operands if isinstance(v, ir.Block)]
            for block in function.blocks
        }
        self.order, self.back = self._walk()
        self.loops = self._find_loops()
        self.exits = {head: self._exit(head, inside) for head, inside in self.loops.items()}
        self.meets = self._find_meets()

    def _walk(self) -> tuple[list[Block], set[tuple[Block, Block]]]:
        """Return the blocks, each behind those from which it is reached forwards, and the branches
        that go back."""
        done: list[Block] = []
        back, active, seen = set(), {self.entry}, {self.entry}
        path = [(self.entry, iter(self.successors[self.entry]))]
        while path:
            block, following = path[-1]
            target = next(following, None)
            if target is None:
                path.pop()
                active.discard(block)
                done.append(block)
            elif target in active:
                back.add((block, target))
            elif target not in seen:
                seen.add(target)
                active.add(target)
                path.append((target, iter(self.successors[target])))
        return done[::-1], back

    def _find_loops(self) -> dict[Block, set[Block]]:
        """Return the blocks of each loop, by its head."""
        before: dict[Block, list[Block]] = {block: [] for block in self.order}
        for block in self.order:
            for target in self.successors[block]:
                before[target].append(block)
        loops: dict[Block, set[Block]] = {}
        for last, head in self.back:
            inside = loops.setdefault(head, {head})
            todo = [last]
            while todo:
                block = todo.pop()
                if block not in inside:
                    inside.add(block)
                    todo += before[block]
        return loops

    def _exit(self, head: Block, inside: set[Block]) -> Block:
        targets = {t for block in inside for t in self.successors[block] if t not in inside}
        if len(targets) != 1:
            raise UntranslatableError(f"the loop {head.name} is left for {len(targets)} places")
        return targets.pop()

    def _find_meets(self) -> dict[Block, Block | None]:
        """Return for each block the first one that lies on every way from it forwards."""
        behind: dict[Block, list[Block]] = {}
        for block in reversed(self.order):
            forwards = [t for t in self.successors[block] if (block, t) not in self.back]
            ways = [[t, *behind[t]] for t in forwards]
            common = ways[0] if ways else []
            for way in ways[1:]:
                held = set(way)
                common = [b for b in common if b in held]
            behind[block] = common
        return {block: ways[0] if ways else None for block, ways in behind.items()}


class Structure:
    """Writes the statements of a function with branches."""

    def __init__(self, writer: Writer, flow: ControlFlow) -> None:
        self.writer = writer
        self.flow = flow

    def lines(self) -> list[str]:
        return list(self._from(self.flow.entry, None, None))

    def _from(self, block: Block | None, stop: Block | None, loop: Block | None) -> Iterator[str]:
        """Return the statements from a block on up to `stop`, within the loop of that head."""
        flow = self.flow
        while block is not None and block is not stop:
            if block in flow.loops and block is not loop:
                yield "for (;;) {"
                yield from self._indented(block, None, block)
                yield "}"
                block = flow.exits[block]
                jump = self._jump(block, loop)
                if jump:
                    yield jump
                    return
                continue
            yield from self.writer.statements(block)
            targets = flow.successors[block]
            if not targets:
                yield from self.writer.result(block)
                return
            source = block
            if len(targets) == 1:
                jump, block = self._jump(targets[0], loop), targets[0]
                yield from self.writer.arrivals(source, block)
                if jump:
                    yield jump
                    return
            else:
                yield from self._branch(source, stop, loop)
                block = self._after(source, loop)

    def _after(self, source: Block, loop: Block | None) -> Block | None:
        """Return the block that is next behind the statements for a branch."""
        onwards = [t for t in self.flow.successors[source] if not self._jump(t, loop)]
        return self.flow.meets[source] if len(onwards) == 2 else (onwards or [None])[0]

    def _branch(self, source: Block, stop: Block | None, loop: Block | None) -> Iterator[str]:
        then, orelse = self.flow.successors[source]
        condition = self.writer.condition(source)
        meet = self.flow.meets[source]
        if self._jump(orelse, loop) and not self._jump(then, loop):
            then, orelse, condition = orelse, then, f"!{condition}"
        if self._jump(then, loop):
            yield f"if ({condition}) {{"
            yield from ("  " + line for line in self._leaving(source, then, loop))
            yield "}"
            yield from self._leaving(source, orelse, loop)
            return
        yield f"if ({condition}) {{"
        yield from ("  " + line for line in self._arm(source, then, meet, loop))
        other = list(self._arm(source, orelse, meet, loop))
        if other:
            yield "} else {"
            yield from ("  " + line for line in other)
        yield "}"

    def _arm(self, source: Block, target: Block, meet: Block | None, loop: Any) -> Iterator[str]:
        yield from self.writer.arrivals(source, target)
        yield from self._from(target, meet, loop)

    def _leaving(self, source: Block, target: Block, loop: Block | None) -> Iterator[str]:
        yield from self.writer.arrivals(source, target)
        jump = self._jump(target, loop)
        if jump:
            yield jump

    def _jump(self, target: Block, loop: Block | None) -> str:
        """Return the statement that goes on with a loop's head or behind it; else nothing."""
        if loop is None:
            return ""
        if target is loop:
            return "continue;"
        return "" if target in self.flow.loops[loop] else "break;"

    def _indented(self, block: Block, stop: Block | None, loop: Block | None) -> Iterator[str]:
        return ("  " + line for line in self._from(block, stop, loop))
