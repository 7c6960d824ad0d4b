"""The loop program: what is left of a function graph when tensors become memory.

A `Program` is a list of statements over scalars and buffers, the same at every depth: host
statements compute extents and allocate buffers, a `Kernel` holds one loop nest. It knows no
target; a back end prints it statement by statement. Scalars are assigned once. As text:

    program square(x: float64[n])
      alloc r0: float64[n] result (static)
      kernel
        for i0 < n:
          a = load x[i0]
          b = sqr(a)
          store r0[i0] = b
      return r0
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from symgraph.graph import LARGEST, Apply
from symgraph.lower.program.values import ONE, Buffer, Scalar, Value


@dataclass(eq=False, repr=False)
class Compute:
    """`out = fn(args)`: a function of the scalar table; all operands have the dtype that its
    table entry asks for. `reassociable` allows sums in another order."""

    out: Scalar
    fn: str
    args: tuple[Value, ...]
    reassociable: bool = False


@dataclass(eq=False, repr=False)
class Load:
    """`out` = the element of a buffer there."""

    out: Scalar
    buffer: Buffer
    indices: tuple[Value, ...]


@dataclass(eq=False, repr=False)
class Store:
    """The element of a buffer there becomes `value`."""

    buffer: Buffer
    indices: tuple[Value, ...]
    value: Value


@dataclass(eq=False, repr=False)
class Carry:
    """A value handed from one iteration of a loop to the next: `phi` is it within the loop, `next`
    what it becomes, and `result` what it is behind the loop."""

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
    """`static`: extents tell which branch a call takes, before it runs."""

    condition: Value
    then: list["Statement"]
    orelse: list["Statement"]
    static: bool = False


class Work(NamedTuple):
    """`ns` for each iteration of loops over `extents`, outermost first."""

    ns: float
    extents: tuple[Value, ...]


@dataclass(eq=False, repr=False)
class Kernel:
    """A loop nest to be emitted as one function; what it uses from outside are its arguments.

    Where `work`, an estimate of its time, is not empty, it may be cut into ranges of a loop, which
    run in any order and at once (see `symgraph.lower.parallel`). `injective`: it comes to each
    point of
    its space once, whatever its loops look like; where arrays of that space have one layout, what
    is done at one point never meets what is done at another. `cold`: it is for extents that hardly
    ever come, and its code best kept small.
    """

    body: list["Statement"]
    work: tuple[Work, ...] = ()
    injective: bool = False
    cold: bool = False


@dataclass(eq=False, repr=False)
class Check:
    """Stop with an `error` that says `message` (formatted with the values of `args`, int64 or
    float64) unless `condition` holds; `static` where that follows from the arguments' extents."""

    condition: Value
    message: str
    args: tuple[Value, ...]
    node: Apply
    error: type[Exception] = ValueError
    static: bool = False

    def failure(self, values: Sequence[Any]) -> Exception:
        """The error, for the values of `args`."""
        told = ("2**63 - 1 or more" if value == LARGEST else value for value in values)
        return self.error(self.message.format(*told))


@dataclass(eq=False, repr=False)
class Extent:
    """`out` = the extent of an argument, or of a fall-back's result, on an axis."""

    out: Scalar
    buffer: Buffer
    axis: int


@dataclass(eq=False, repr=False)
class Alloc:
    """Memory for a buffer from here on: its extents are known now."""

    buffer: Buffer


@dataclass(eq=False, repr=False)
class MatMul:
    """out = alpha * a · b + beta * c for matrices of float32 or of float64.

    `a` and `b` are views of any strides, neither of them on `out`'s memory. `c` has `out`'s
    extents and any strides (0 along an axis that it is broadcast on); it may be exactly `out`.
    Without `c` nothing is added. `alpha` and `beta` are of the dtype, and zeros count: 0 times nan
    is nan.
    """

    out: Buffer
    a: Buffer
    b: Buffer
    alpha: Value
    beta: Value
    c: Buffer | None = None

    @property
    def operands(self) -> "tuple[Buffer, ...]":
        """The matrices that are read."""
        return (self.a, self.b) if self.c is None else (self.a, self.b, self.c)


@dataclass(eq=False, repr=False)
class Convolve:
    """One of the three arrays of a convolution (`symgraph.ops.conv`) from the other two, for floats
    of 32 or 64 bits: `computes` says which of image (N, C, *I), kernel (K, C / groups, *F) and
    output (N, K, *O); that one is contiguous. The others may be views, but for the places of an
    output, which lie in one piece. `before` are the zeros before the image on each spatial axis.

    `algorithm` and `numbers` say how the work is done, and `scratch` is memory for that (see
    `symgraph.lower.convolutions`).
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
    scratch: Buffer

    @property
    def out(self) -> Buffer:
        """What is written, `scratch` aside."""
        made: Buffer = getattr(self, self.computes)
        return made

    @property
    def operands(self) -> tuple[Buffer, ...]:
        """What is read."""
        return tuple(x for x in (self.image, self.kernel, self.output) if x is not self.out)


@dataclass(eq=False, repr=False)
class Pool:
    """Maxima of windows over the last axes of `x`, or their derivatives (`symgraph.ops.pool`), for
    floats of 32 or 64 bits. All windows lie within `x`; all arrays are contiguous.

    `computes` is 'maximum'; or 'gradient', of which `other` is the pooled array's; or 'select',
    which takes the means of `other` where `x` is largest.
    """

    computes: str
    x: Buffer
    other: Buffer | None
    out: Buffer
    window: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def operands(self) -> tuple[Buffer, ...]:
        """What is read."""
        return (self.x,) if self.other is None else (self.x, self.other)


class Member(NamedTuple):
    """A statement that goes along the iterations of a `TiledRegion`.

    Of a product's result they are the `axis`; of convolutions, of branches that choose between
    algorithms for one, and of pooling the images. Of a kernel they are iterations of its loops over
    `extent` that all stores are within, one each: `each` of them for one of the region's.
    """

    statement: "MatMul | Convolve | If | Pool | Kernel"
    axis: int = 0
    extent: Value = ONE
    each: Value = ONE


@dataclass(eq=False, repr=False)
class TiledRegion:
    """The statements of `members` one after the other, or block by block: each of `extent`
    iterations reads of what they write only what is written in that iteration (see
    `symgraph.lower.regions`). So whatever blocks of iterations there are may be done at once, all
    members' part of a block before those of another.

    Block by block is better where `when` holds: by blocks of so many iterations, of which there are
    more than one then, and which are multiples of `unit` but for the last one.
    """

    extent: Value
    members: tuple[Member, ...]
    block: Value
    unit: int
    when: Value

    @property
    def statements(self) -> list["Statement"]:
        """What is done, whole."""
        return [member.statement for member in self.members]


@dataclass(eq=False, repr=False)
class NumpyCall:
    """The NumPy meaning of a node, for what no loop is known for. Outputs are new buffers."""

    node: Apply
    inputs: tuple[Buffer, ...]
    outputs: tuple[Buffer, ...]


@dataclass(eq=False, repr=False)
class Timestamp:
    """The time since the last tick goes to the program's `timed` nodes of this number; None: the
    clock starts."""

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
    | TiledRegion
    | NumpyCall
    | Timestamp
)


@dataclass(eq=False, repr=False)
class Program:
    """The host statements, in order, and the buffers that they begin and end with."""

    name: str
    arguments: list[Buffer]
    constants: list[Buffer]
    results: list[Buffer]
    body: list[Statement]
    slots: int = 0
    # Results, by number, that lie in the memory of arguments: what those hold is lost.
    overwrites: dict[int, int] = field(default_factory=dict)
    # What ticks tell the time of: the nodes that the statements before them compute.
    timed: list[tuple[Apply, ...]] = field(default_factory=list)

    @property
    def choices(self) -> list[If]:
        """The branches that every call comes to once, and whose conditions extents tell."""
        parts = (s.statements if isinstance(s, TiledRegion) else (s,) for s in self.body)
        return [s for part in parts for s in part if isinstance(s, If) and s.static]
