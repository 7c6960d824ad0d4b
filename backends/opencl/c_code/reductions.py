"""Print the iterations of a loop, those of reductions so that compilers make vectors of them.

A running value waits for itself. On a core with vectors a reduction has several, side by side,
which are combined at the end: compilers make vectors of what is written several times. What is
added may take long to compute, or be stored, too: then it is computed first for a strip of
iterations, in a loop of its own that compilers know to vectorise.
"""

from collections.abc import Sequence

from symgraph.backends.opencl.c_code import types
from symgraph.backends.opencl.c_code.body import Body

from symgraph.lower.parallel import total_of
from symgraph.lower.program.types import Carry, Compute, Load, Loop, Store
from symgraph.lower.program.values import Literal, Scalar, Value

# Limit on the running values side by side, where a single item does little work, too, and on the
# statements that this makes.
MOST_LANES = 32
LANES_OF_ONE = 8
UNROLLED = 256
# The iterations of a strip.
STRIP = 256
# Functions that are a few instructions: more of them are computed in strips.
CHEAP = {
    "add",
    "sub",
    "mul",
    "sqr",
    "neg",
    "multiply_add",
    "maximum",
    "minimum",
    "abs",
    "and_",
    "or_",
}


def write_iterations(body: Body, s: Loop, first: str, end: str, step: str) -> None:
    """Print the iterations of a loop from `first` to `end`, by a `step`, which is 1 on cores with
    vectors. Afterwards the carried values have the names that they have within."""
    index = s.index.name
    for carry in s.carried:
        body.declare(carry.phi, body.value(carry.init))
    body.defined.add(s.index)
    if not (body.context.vectors and _is_reduction(s)):
        body.line(f"for (long {index} = {first}; {index} < {end}; {index} += {step}) {{")
        body.block(s.body)
        body.carry(s)
        body.line("}")
    elif _is_cheap(s):
        _Lanes(body, s).write(first, end)
    else:
        _Strips(body, s).write(first, end)


def _is_reduction(s: Loop) -> bool:
    """Return whether a loop has nothing within it but reductions that may be done in any order."""
    simple = all(isinstance(x, Compute | Load | Store) for x in s.body)
    return simple and bool(s.carried) and all(total_of(s, carry) for carry in s.carried)


def _is_cheap(s: Loop) -> bool:
    return all(isinstance(x, Load) or (isinstance(x, Compute) and x.fn in CHEAP) for x in s.body)


def _lane(name: str, lane: int) -> str:
    return f"{name}_{lane}" if lane else name


class _Lanes:
    """A reduction with several running values."""

    def __init__(self, body: Body, s: Loop) -> None:
        self.body = body
        self.loop = s
        self.count = LANES_OF_ONE if body.single else MOST_LANES
        longest = s.extent.value if isinstance(s.extent, Literal) else MOST_LANES
        while self.count > 1 and (self.count * len(s.body) > UNROLLED or self.count > longest):
            self.count //= 2

    def write(self, first: str, end: str) -> None:
        body, s, index = self.body, self.loop, self.loop.index.name
        self.declare()
        body.line(f"long {index}_step = {first};")
        body.line(f"for (; {index}_step + {self.count} <= {end}; {index}_step += {self.count}) {{")
        for lane in range(self.count):
            body.line("{")
            body.line(f"const long {index} = {index}_step + {lane};")
            for carry in s.carried:
                if lane:
                    body.declare(carry.phi, _lane(carry.phi.name, lane))
            body.block(s.body)
            if lane:
                for carry in s.carried:
                    body.line(f"{_lane(carry.phi.name, lane)} = {body.value(carry.next)};")
            else:
                body.carry(s)
            body.line("}")
        body.line("}")
        body.line(f"for (long {index} = {index}_step; {index} < {end}; {index}++) {{")
        body.block(s.body)
        body.carry(s)
        body.line("}")
        self.combine()

    def declare(self) -> None:
        for carry in self.loop.carried:
            name = carry.phi.name
            lanes = ", ".join(f"{_lane(name, lane)} = {name}" for lane in range(1, self.count))
            if lanes:
                self.body.line(f"{types.register_type(carry.phi.dtype)} {lanes};")

    def combine(self) -> None:
        """Combine the running values, the first half with the second and so on."""
        for carry in self.loop.carried:
            names = [_lane(carry.phi.name, lane) for lane in range(self.count)]
            fn, dtype = total_of(self.loop, carry), carry.phi.dtype
            assert fn is not None
            while len(names) > 1:
                half = len(names) // 2
                for pair in zip(names[:half], names[half:], strict=True):
                    both = self.body.context.functions.call(fn, dtype, (dtype, dtype), pair)
                    self.body.line(f"{pair[0]} = {both};")
                names = names[:half]


class _Strips:
    """A reduction that computes a strip of what is added, and then adds it."""

    def __init__(self, body: Body, s: Loop) -> None:
        self.body = body
        self.loop = s
        makers = {x.out: x for x in s.body if isinstance(x, Compute)}
        self.steps = [makers[c.next] for c in s.carried if isinstance(c.next, Scalar)]
        self.rest = [x for x in s.body if x not in self.steps]
        # What is kept of each iteration, and where.
        own = {x.out for x in self.rest if isinstance(x, Compute | Load)}
        phis = {carry.phi for carry in s.carried}
        self.kept: dict[Value, str] = {
            v: f"{v.name}_kept"
            for step in self.steps
            for v in step.args
            if isinstance(v, Scalar) and v not in phis and (v in own or v is s.index)
        }
        self.lanes = _Lanes(body, s)

    def write(self, first: str, end: str) -> None:
        body, index = self.body, self.loop.index.name
        for v, name in self.kept.items():
            body.line(f"{types.register_type(v.dtype)} {name}[{STRIP}];")
        self.lanes.declare()
        step, count, k = f"{index}_step", f"{index}_count", f"{index}_k"
        body.line(f"for (long {step} = {first}; {step} < {end}; {step} += {STRIP}) {{")
        body.line(f"const int {count} = min((long){STRIP}, {end} - {step});")
        body.line(f"for (int {k} = 0; {k} < {count}; {k}++) {{")
        body.line(f"const long {index} = {step} + {k};")
        body.block(self.rest)
        for v, name in self.kept.items():
            body.line(f"{name}[{k}] = {body.value(v)};")
        body.line("}")
        lanes = self.lanes.count
        body.line(f"int {k} = 0;")
        body.line(f"for (; {k} + {lanes} <= {count}; {k} += {lanes}) {{")
        for lane in range(lanes):
            self.add(lane, f"{k} + {lane}")
        body.line("}")
        body.line(f"for (; {k} < {count}; {k}++) {{")
        self.add(0, k)
        body.line("}")
        body.line("}")
        self.lanes.combine()

    def add(self, lane: int, place: str) -> None:
        """Print what adds an iteration of the strip to the running values of a lane."""
        body, carried = self.body, self.loop.carried
        for step, carry in zip(self.steps, carried, strict=True):
            name = _lane(carry.phi.name, lane)
            args = [self.argument(v, carry, name, place) for v in step.args]
            dtypes: Sequence[str] = [v.dtype for v in step.args]
            call = body.context.functions.call(step.fn, step.out.dtype, dtypes, args)
            body.line(f"{name} = {call};")

    def argument(self, v: Value, carry: Carry, name: str, place: str) -> str:
        if v is carry.phi:
            return name
        if isinstance(v, Literal) or v not in self.kept:
            return self.body.value(v)
        return f"{self.kept[v]}[{place}]"
