"""The loop program: the level between function graphs and target code.

A `Program` is a list of statements over scalars and buffers, of the same kinds at every depth: host
statements compute extents and allocate buffers, a `Kernel` holds one loop nest. It is independent
of the target; a back end emits it statement by statement. Scalars are assigned once. As text:

    program square(x: float64[n])
      alloc r0: float64[n] result (static)
      kernel
        for i0 < n:
          a = load x[i0]
          b = sqr(a)
          store r0[i0] = b
      return r0
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from symgraph.graph import LARGEST, Apply
from symgraph.lower.program import lapack
from symgraph.lower.program.lapack import Kind
from symgraph.lower.program.values import ONE, Buffer, Literal, Scalar, Value

# ns for a number of a row that is sorted, or looked at.
SORTING_NS, SELECTING_NS = 5.0, 0.5


@dataclass(eq=False, repr=False)
class Compute:
    """`out = fn(args)`: a function of the scalar table; all operands have the dtype that its table
    entry requires. `reassociable` allows sums in another order."""

    out: Scalar
    fn: str
    args: tuple[Value, ...]
    reassociable: bool = False


@dataclass(eq=False, repr=False)
class Load:
    """Load into `out` the element of a buffer at the indices."""

    out: Scalar
    buffer: Buffer
    indices: tuple[Value, ...]


@dataclass(eq=False, repr=False)
class Store:
    """Store `value` to the element of a buffer at the indices."""

    buffer: Buffer
    indices: tuple[Value, ...]
    value: Value


@dataclass(eq=False, repr=False)
class Carry:
    """A value carried from one iteration of a loop to the next: `phi` is its value within an
    iteration, `next` its value for the next iteration, and `result` its value after the loop."""

    phi: Scalar
    init: Value
    next: Value
    result: Scalar


@dataclass(eq=False, repr=False)
class Loop:
    """`for index in range(extent)`."""

    index: Scalar
    extent: Value
    body: list["Statement"] = field(default_factory=list)
    carried: list[Carry] = field(default_factory=list)


@dataclass(eq=False, repr=False)
class If:
    """A branch. `static`: the arguments' extents decide it, before a call runs."""

    condition: Value
    then: list["Statement"]
    orelse: list["Statement"]
    static: bool = False


class Work(NamedTuple):
    """An estimate of `ns` for each iteration of loops over `extents`, outermost first."""

    ns: float
    extents: tuple[Value, ...]


@dataclass(eq=False, repr=False)
class Kernel:
    """A loop nest emitted as one function, whose arguments are the values that it uses from
    outside.

    Where `work`, an estimate of its time, is not empty, the kernel may be cut into ranges of a
    loop, which run concurrently and in any order (see `symgraph.lower.parallel`). `injective`: it
    visits each point of its iteration space once, whatever its loops look like; where arrays of
    that space have one layout, accesses at different points never overlap. `cold`: it handles
    extents that hardly ever occur, so its code is best kept small.
    """

    body: list["Statement"]
    work: tuple[Work, ...] = ()
    injective: bool = False
    cold: bool = False


@dataclass(eq=False, repr=False)
class Check:
    """Raise an `error` with `message` (formatted with the values of `args`, int64 or float64)
    unless `condition` holds; `static` where that follows from the arguments' extents."""

    condition: Value
    message: str
    args: tuple[Value, ...]
    node: Apply
    error: type[Exception] = ValueError
    static: bool = False

    def failure(self, values: Sequence[Any]) -> Exception:
        """Return the error for the values of `args`."""
        told = ("2**63 - 1 or more" if value == LARGEST else value for value in values)
        return self.error(self.message.format(*told))


@dataclass(eq=False, repr=False)
class Extent:
    """Read into `out` the extent of an argument, or of a NumPy call's result, on an axis."""

    out: Scalar
    buffer: Buffer
    axis: int


@dataclass(eq=False, repr=False)
class Alloc:
    """Allocate memory for a buffer, whose extents are known from here on."""

    buffer: Buffer


class NativeCall:
    """A statement that calls code which is no loop of the program: a routine of the back end, of
    LAPACK, or of a user. Each kind says what its arguments are; passes that need no more ask this
    alone."""

    @property
    def operands(self) -> tuple[Buffer, ...]:
        """Return the arrays that are read."""
        raise NotImplementedError

    @property
    def written(self) -> tuple[Buffer, ...]:
        """Return the arrays that are written, scratch memory among them."""
        raise NotImplementedError

    @property
    def values(self) -> tuple[Value, ...]:
        """Return the numbers among the arguments."""
        return ()

    def works(self, multiply_add_ns: float) -> Sequence[Work]:
        """Return estimates of the time, given that of a product and a sum."""
        raise NotImplementedError


@dataclass(eq=False, repr=False)
class MatMul(NativeCall):
    """Compute out = alpha * a · b + beta * c for matrices of float32 or of float64.

    `a` and `b` are views with any strides, neither in `out`'s memory. `c` has `out`'s extents and
    any strides (0 along an axis that it is broadcast on); it may be exactly `out`. Without `c`
    nothing is added. `alpha` and `beta` are of the dtype, and zero factors are multiplied as usual:
    0 times nan is nan.
    """

    out: Buffer
    a: Buffer
    b: Buffer
    alpha: Value
    beta: Value
    c: Buffer | None = None

    @property
    def operands(self) -> tuple[Buffer, ...]:
        """Return the matrices that are read."""
        return (self.a, self.b) if self.c is None else (self.a, self.b, self.c)

    @property
    def written(self) -> tuple[Buffer, ...]:
        """Return the result."""
        return (self.out,)

    @property
    def values(self) -> tuple[Value, ...]:
        """Return the factors."""
        return (self.alpha, self.beta)

    def works(self, multiply_add_ns: float) -> Sequence[Work]:
        """Return an estimate for the rows, columns and summed axis."""
        return [Work(multiply_add_ns, (*self.out.extents, self.a.extents[1]))]


@dataclass(eq=False, repr=False)
class Convolve(NativeCall):
    """Compute one of the three arrays of a convolution (`symgraph.ops.conv`) from the other two,
    for float32 or float64: `computes` is the name of the one that is computed, of image (N, C, *I),
    kernel (K, C / groups, *F) and output (N, K, *O); that one is contiguous. The others may be
    views, except that the spatial axes of an output are contiguous. `before` is the zero padding
    before the image on each spatial axis.

    `algorithm` and `numbers` are the algorithm and its parameters, and `scratch` is its scratch
    memory (see `symgraph.lower.convolutions`). Where the algorithm is "any", the back end chooses.
    """

    computes: str
    image: Buffer
    kernel: Buffer
    output: Buffer
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    groups: int
    before: tuple[Value, ...]
    algorithm: str
    numbers: tuple[Value, ...]
    scratch: Buffer | None

    @property
    def out(self) -> Buffer:
        """Return the array that is written, apart from `scratch`."""
        made: Buffer = getattr(self, self.computes)
        return made

    @property
    def operands(self) -> tuple[Buffer, ...]:
        """Return the arrays that are read."""
        return tuple(x for x in (self.image, self.kernel, self.output) if x is not self.out)

    @property
    def written(self) -> tuple[Buffer, ...]:
        """Return the array that is computed, and the scratch memory."""
        return (self.out,) if self.scratch is None else (self.out, self.scratch)

    @property
    def values(self) -> tuple[Value, ...]:
        """Return the padding and the algorithm's parameters."""
        return (*self.before, *self.numbers)

    def works(self, multiply_add_ns: float) -> Sequence[Work]:
        """Return an estimate for each weight of each place of the output."""
        return [Work(multiply_add_ns, (*self.output.extents, *self.kernel.extents[1:]))]


@dataclass(eq=False, repr=False)
class Pool(NativeCall):
    """Compute maxima of windows over the last axes of `x`, or their derivatives
    (`symgraph.ops.pool`), for float32 or float64. All windows lie within `x`; all arrays are
    contiguous.

    `computes` is 'maximum'; or 'gradient', where `other` is the gradient of the pooled array; or
    'select', which takes the mean of `other` over the places where `x` is largest. Where these are
    not `shared`, they are the gradient for each of the largest elements, and the sum of `other`.
    """

    computes: str
    x: Buffer
    other: Buffer | None
    out: Buffer
    window: tuple[int, ...]
    strides: tuple[int, ...]
    shared: bool = True

    @property
    def operands(self) -> tuple[Buffer, ...]:
        """Return the arrays that are read."""
        return (self.x,) if self.other is None else (self.x, self.other)

    @property
    def written(self) -> tuple[Buffer, ...]:
        """Return the result."""
        return (self.out,)

    def works(self, multiply_add_ns: float) -> Sequence[Work]:
        """Return an estimate for each element."""
        return [Work(multiply_add_ns, self.x.extents)]


@dataclass(eq=False, repr=False)
class SortRows(NativeCall):
    """Sort the rows of a matrix of real numbers of 32 or 64 bits, nan last: `out` gets the numbers,
    or if `indices` the int64 indices that sort them, equal ones in their order.

    Both are contiguous; numbers may be sorted in place. `scratch` has room for a row of `out`.
    """

    x: Buffer
    out: Buffer
    scratch: Buffer
    indices: bool

    @property
    def operands(self) -> tuple[Buffer, ...]:
        """Return the matrix."""
        return (self.x,)

    @property
    def written(self) -> tuple[Buffer, ...]:
        """Return the result, and the scratch memory."""
        return (self.out, self.scratch)

    def works(self, multiply_add_ns: float) -> Sequence[Work]:
        """Return an estimate for each number."""
        return [Work(SORTING_NS, self.x.extents)]


@dataclass(eq=False, repr=False)
class SelectRows(NativeCall):
    """Find the indices, in ascending order, of the largest numbers in each row of a matrix, or of
    the smallest: as many as `out` has columns, which are those that a stable sort puts last, or
    first.

    The matrix is contiguous, of real numbers of 32 or 64 bits. `scratch` has two rows of the
    matrix's dtype, each longer than those of `out` by three vectors at least, better by twice.
    """

    x: Buffer
    out: Buffer
    scratch: Buffer
    largest: bool

    @property
    def operands(self) -> tuple[Buffer, ...]:
        """Return the matrix."""
        return (self.x,)

    @property
    def written(self) -> tuple[Buffer, ...]:
        """Return the indices, and the scratch memory."""
        return (self.out, self.scratch)

    def works(self, multiply_add_ns: float) -> Sequence[Work]:
        """Return an estimate for each number that is looked at or taken."""
        taken = (self.x.extents[0], self.out.extents[1])
        return [Work(SELECTING_NS, self.x.extents), Work(SORTING_NS, taken)]


@dataclass(eq=False, repr=False)
class LapackCall(NativeCall):
    """Call a routine of LAPACK (`symgraph.lower.program.lapack`) for matrices of a dtype. What it
    returns is assigned to `out`: 0, or a number that says what is wrong with the matrix.

    Matrices lie column by column, without gaps within a column: a buffer of the extents (columns,
    rows). `arguments` are letters, int64 values, numbers of the dtype, and buffers, of which the
    first element is passed; scratch memory is among them. `work` estimates the time.
    """

    out: Scalar
    routine: str
    dtype: str
    arguments: tuple["str | Value | Buffer", ...]
    work: Work

    @property
    def operands(self) -> tuple[Buffer, ...]:
        """Return the arrays among the arguments: those that are written may be read before."""
        return tuple(x for x in self.arguments if isinstance(x, Buffer))

    @property
    def values(self) -> tuple[Value, ...]:
        """Return the numbers among the arguments."""
        return tuple(x for x in self.arguments if isinstance(x, Scalar | Literal))

    @property
    def written(self) -> tuple[Buffer, ...]:
        """Return the arrays that are written."""
        pairs = zip(self.arguments, lapack.operands(self.routine, self.dtype), strict=True)
        written = (Kind.WRITTEN, Kind.WRITTEN_REALS, Kind.WRITTEN_INTEGERS)
        return tuple(x for x, kind in pairs if kind in written and isinstance(x, Buffer))

    def works(self, multiply_add_ns: float) -> Sequence[Work]:
        """Return the estimate of the rule that wrote the call."""
        return [self.work]


class Member(NamedTuple):
    """A statement of a `TiledRegion`, and how its work divides into iterations.

    For a product, iterations run along `axis` of the result; for convolutions, for branches that
    choose between algorithms for one, and for pooling they are images. For a kernel they are
    iterations of its loops over `extent`, where every store is within exactly one such loop: `each`
    of them for one iteration of the region.
    """

    statement: "MatMul | Convolve | If | Pool | Kernel"
    axis: int = 0
    extent: Value = ONE
    each: Value = ONE


@dataclass(eq=False, repr=False)
class TiledRegion:
    """The statements of `members`, run one after the other or block by block: each of the `extent`
    iterations reads, of the memory that members write, only what is written in that iteration (see
    `symgraph.lower.regions`). So all blocks may run concurrently, each through all members.

    Running block by block is better where `when` holds: in blocks of `block` iterations, of which
    there are more than one then, and which are multiples of `unit` except for the last one.
    """

    extent: Value
    members: tuple[Member, ...]
    block: Value
    unit: int
    when: Value

    @property
    def statements(self) -> list["Statement"]:
        """Return the statements, each undivided."""
        return [member.statement for member in self.members]


@dataclass(eq=False, repr=False)
class NumpyCall:
    """Call the NumPy meaning of a node that has no loops. Outputs are new buffers."""

    node: Apply
    inputs: tuple[Buffer, ...]
    outputs: tuple[Buffer, ...]


@dataclass(eq=False, repr=False)
class IRCall(NativeCall):
    """Call a function that is written in LLVM IR (`symgraph.lower.rules.llvm_functions`), which
    reads `inputs`, any views, and sets all elements of `outputs`, other memory.

    name: what the function is called in print. text: its IR, which decides the code.
    write: writes it to a module of llvmlite, under a name. ns: estimates the time for each element.
    """

    name: str
    text: str
    write: Callable[[Any, str], Any]
    inputs: tuple[Buffer, ...]
    outputs: tuple[Buffer, ...]
    ns: float

    @property
    def operands(self) -> tuple[Buffer, ...]:
        """Return the arrays that are read."""
        return self.inputs

    @property
    def written(self) -> tuple[Buffer, ...]:
        """Return the arrays that are set."""
        return self.outputs

    def works(self, multiply_add_ns: float) -> Sequence[Work]:
        """Return an estimate for the elements of each array."""
        return [Work(self.ns, buffer.extents) for buffer in (*self.inputs, *self.outputs)]


@dataclass(eq=False, repr=False)
class Timestamp:
    """Add the time since the last timestamp to entry `number` of the program's `timed`; None starts
    the clock."""

    number: int | None


Statement = (
    Compute
    | Load
    | Store
    | Loop
    | If
    | Kernel
    | Check
    | Extent
    | Alloc
    | MatMul
    | Convolve
    | Pool
    | SortRows
    | SelectRows
    | LapackCall
    | TiledRegion
    | NumpyCall
    | IRCall
    | Timestamp
)


@dataclass(eq=False, repr=False)
class Program:
    """The host statements, in order, with the program's arguments, constants and results."""

    name: str
    arguments: list[Buffer]
    constants: list[Buffer]
    results: list[Buffer]
    body: list[Statement]
    slots: int = 0
    # Maps results to arguments, by number, whose memory they overwrite.
    overwrites: dict[int, int] = field(default_factory=dict)
    # For each number of a timestamp, the nodes computed by the statements before it.
    timed: list[tuple[Apply, ...]] = field(default_factory=list)

    @property
    def choices(self) -> list[If]:
        """Return the branches that every call reaches once, and whose conditions extents decide."""
        parts = (s.statements if isinstance(s, TiledRegion) else (s,) for s in self.body)
        return [s for part in parts for s in part if isinstance(s, If) and s.static]
