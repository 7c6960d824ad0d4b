"""The task function of a region: its arguments, and the position in its iterations."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64, PTR
from symgraph.backends.llvm.routines.matmul.loops import counted, int64, stack_memory

DOUBLE = ir.DoubleType()


class TaskWords:
    """The arguments of a task: numbers and addresses, in words of 8 bytes each."""

    def __init__(self) -> None:
        self.values: list[ir.Value] = []

    def add(self, value: ir.Value) -> int:
        """Add a word, and return its number."""
        self.values.append(value)
        return len(self.values) - 1

    def write(self, b: ir.IRBuilder) -> ir.Value:
        """Store the words in memory, and return its address."""
        memory = stack_memory(b, I64, len(self.values))
        for number, value in enumerate(self.values):
            b.store(value, _word(b, memory, number))
        return memory


class RegionTask:
    """The function `task(words, chunk)` while it is written."""

    def __init__(self, function: ir.Function, context: TaskWords) -> None:
        self.b = ir.IRBuilder(function.append_basic_block())
        self.words, self.chunk = function.args
        self._types = [value.type for value in context.values]
        self._read = {n: v for n, v in enumerate(context.values) if isinstance(v, ir.Constant)}
        # The range of the current block.
        self.begin: ir.Value = int64(0)
        self.end: ir.Value = int64(0)

    @property
    def count(self) -> ir.Value:
        return self.b.sub(self.end, self.begin)

    def word(self, number: int) -> ir.Value:
        """Return an argument of the task."""
        if number not in self._read:
            with self.b.goto_entry_block():
                place = _word(self.b, self.words, number)
                self._read[number] = self.b.load(place, typ=self._types[number])
        return self._read[number]

    def copied(self, table: ir.Value, words: int) -> ir.Value:
        """Return a copy of a table of words that the task may change."""
        b = self.b
        own = stack_memory(b, I64, words)
        with counted(b, int64(0), int64(words)) as number:
            source, target = (b.gep(x, [number], source_etype=I64) for x in (table, own))
            b.store(b.load(source, typ=I64), target)
        return own


class RegionMember(ABC):
    """A member of a region: created where the region's call is emitted, with the arguments that the
    task needs."""

    # The estimated ns of all iterations, as a double.
    ns: ir.Value

    def enter(self, task: RegionTask) -> None:  # noqa: B027
        """Emit the code that a task runs once."""

    @abstractmethod
    def run(self, task: RegionTask) -> None:
        """Emit the code for a block."""


class TaskTable:
    """A task's own copy of a table of words, by their names."""

    def __init__(self, task: RegionTask, number: int, names: Sequence[str]) -> None:
        self.b = task.b
        self.original = task.word(number)
        self.names = names
        self.own = task.copied(self.original, len(names))

    def __getitem__(self, name: str) -> ir.Value:
        """Return the original value of a word."""
        return self._load(name, I64)

    def _load(self, name: str, type: ir.Type) -> ir.Value:
        return self.b.load(_word(self.b, self.original, self.names.index(name)), typ=type)

    def put(self, name: str, value: ir.Value) -> None:
        self.b.store(value, _word(self.b, self.own, self.names.index(name)))

    def move(self, name: str, elements: ir.Value, type: ir.Type) -> None:
        """Set an address to its original value plus a number of elements."""
        address = self._load(name, PTR)
        self.put(name, self.b.gep(address, [elements], inbounds=True, source_etype=type))


def _word(b: ir.IRBuilder, words: ir.Value, number: int) -> ir.Value:
    return b.gep(words, [int64(number)], inbounds=True, source_etype=I64)
