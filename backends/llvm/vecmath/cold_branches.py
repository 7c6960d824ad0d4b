"""Emit branches for rare arguments that do not prevent vectorisation of the loop.

LLVM's loop vectoriser gives up on a loop that calls an unknown function. It does take a call under
a condition when the function names, in the attribute "vector-function-abi-variant", a masked vector
form of itself. `cold_branch` emits both: the scalar function, and for each width a form that tests
the mask, returns at once when no lane is set, and otherwise processes the lanes one by one. So a
vector of ordinary arguments costs a call and a test. Portable code has a plain branch.
"""

from collections.abc import Callable, Sequence

from llvmlite import ir
from symgraph.backends.llvm.vecmath.portable import is_portable
from symgraph.backends.llvm.vecmath.values import F32, F64, FORMATS, INT1, Condition, Format, Num

# Vector widths with a masked form: those of 128, 256 and 512 bits.
LANES = {F32: (4, 8, 16), F64: (2, 4, 8)}
PURE = ("nounwind", "memory(none)", "willreturn")
INT32 = ir.IntType(32)


def add_attributes(function: ir.Function, *attributes: str) -> None:
    """Add function attributes, including those (such as strings) that llvmlite does not know."""
    for attribute in attributes:
        set.add(function.attributes, attribute)


def libm(name: str, x: Num) -> Num:
    """Call the C library's double function of this name, resolved when the code is linked."""
    module = x.builder.module
    function = module.globals.get(name)
    if function is None:
        function = ir.Function(module, ir.FunctionType(F64.type, [F64.type]), name)
        add_attributes(function, *PURE)
    if x.format is F64:
        return Num(x.builder, x.builder.call(function, [x.value]))
    result = x.builder.call(function, [x.builder.fpext(x.value, F64.type)])
    return Num(x.builder, x.builder.fptrunc(result, F32.type))


def cold_branch(name: str, condition: Condition, x: Num, formula: Callable[[Num], Num]) -> Num:
    """Return formula(x) where the (rare) condition holds, else x. `formula` may call `libm`, unless
    the code is to be portable."""
    b = x.builder
    if is_portable(b):
        (value,) = branch(condition, [x.value], lambda: [formula(x).value])
        return Num(b, value)
    scalar = _scalar_form(b.module, f"symgraph.cold.{name}.{x.format.name}", x.format, formula)
    (value,) = branch(condition, [x.value], lambda: [b.call(scalar, [x.value])])
    return Num(b, value)


def branch(
    condition: Condition, values: Sequence[ir.Value], others: Callable[[], Sequence[ir.Value]]
) -> list[ir.Value]:
    """Return the values, or in their place others, which are computed only where the condition
    holds."""
    b = condition.builder
    before = b.block
    with b.if_then(condition.value):
        found = others()
        inside = b.block
    results = [b.phi(value.type) for value in values]
    for result, value, other in zip(results, values, found, strict=True):
        result.add_incoming(value, before)
        result.add_incoming(other, inside)
    return results


def _scalar_form(
    module: ir.Module, name: str, form: Format, formula: Callable[[Num], Num]
) -> ir.Function:
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(form.type, [form.type]), name)
    function.linkage = "internal"
    b = ir.IRBuilder(function.append_basic_block("entry"))
    b.ret(formula(Num(b, function.args[0])).value)
    mapping = ",".join(_vector_form(module, name, function, lanes) for lanes in LANES[form])
    add_attributes(function, "noinline", *PURE, f'"vector-function-abi-variant"="{mapping}"')
    return function


def _vector_form(module: ir.Module, name: str, scalar: ir.Function, lanes: int) -> str:
    """Emit the masked form for `lanes` lanes; return its entry in the scalar's mapping."""
    vector = ir.VectorType(scalar.ftype.return_type, lanes)
    mask = ir.VectorType(INT1, lanes)
    function = ir.Function(module, ir.FunctionType(vector, [vector, mask]), f"{name}.x{lanes}")
    # Referenced by a string only, so it must look used; a hidden symbol, equal wherever it is
    # emitted. Kept small, as it hardly ever runs: unrolled over its lanes it takes longer to
    # compile than sin.
    function.linkage = "weak_odr hidden"
    add_attributes(function, "noinline", "cold", "minsize", "optsize", *PURE)
    x, chosen = function.args
    entry, loop, serve, step, done = (
        function.append_basic_block(label) for label in ("entry", "loop", "serve", "step", "done")
    )
    b = ir.IRBuilder(entry)
    whole = b.bitcast(chosen, ir.IntType(lanes))
    b.cbranch(b.icmp_unsigned("!=", whole, ir.Constant(whole.type, 0)), loop, done)
    b.position_at_end(loop)
    lane, result = b.phi(INT32), b.phi(vector)
    b.cbranch(b.extract_element(chosen, lane), serve, step)
    b.position_at_end(serve)
    served = b.insert_element(result, b.call(scalar, [b.extract_element(x, lane)]), lane)
    b.branch(step)
    b.position_at_end(step)
    latest = b.phi(vector)
    following = b.add(lane, ir.Constant(INT32, 1))
    b.cbranch(b.icmp_unsigned("<", following, ir.Constant(INT32, lanes)), loop, done)
    b.position_at_end(done)
    final = b.phi(vector)
    b.ret(final)
    for phi, incoming in (
        (lane, ((ir.Constant(INT32, 0), entry), (following, step))),
        (result, ((x, entry), (latest, step))),
        (latest, ((result, loop), (served, serve))),
        (final, ((x, entry), (latest, step))),
    ):
        for value, block in incoming:
            phi.add_incoming(value, block)
    return f"_ZGV_LLVM_M{lanes}v_{name}({name}.x{lanes})"


__all__ = ["FORMATS", "add_attributes", "cold_branch", "libm"]
