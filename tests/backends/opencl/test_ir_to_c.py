"""LLVM IR in OpenCL C: drawn functions with branches and loops within each other, and refusals."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llvmlite import ir
from symgraph.backends.llvm.emission.scalar_code import ScalarCode
from symgraph.backends.llvm.vecmath.portable import PortableModule
from symgraph.backends.llvm.vecmath.values import F64, Num
from symgraph.backends.opencl.c_code import types
from symgraph.backends.opencl.c_code.instructions import UntranslatableError
from symgraph.backends.opencl.c_code.ir_to_c import as_expression, translate
from symgraph.backends.opencl.devices import find_device
from symgraph.backends.opencl.devices.driver import cl
from symgraph.backends.opencl.errors import DeviceError

KERNEL = """
__kernel void evaluate(__global const double *x, __global double *y) {
  const size_t i = get_global_id(0);
  y[i] = sg_drawn(x[i]);
}
"""
POINTS = np.array([-3.0, -1.5, -0.25, 0.0, 0.5, 1.0, 2.75, 8.0, 1e300])
# An expression is a name with its parts: of x, of numbers, sums, products, choices by a comparison,
# and loops, in whose steps x is the value of the step before.
Expression = tuple[Any, ...]
LEAVES = st.one_of(
    st.just(("x",)), st.tuples(st.just("number"), st.sampled_from([-2.0, -0.5, 0.0, 0.75, 3.0]))
)


def _larger(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.tuples(st.sampled_from(["sum", "product"]), parts, parts),
        st.tuples(st.just("choice"), parts, parts, parts, parts),
        st.tuples(st.just("loop"), st.integers(0, 3), parts, parts),
        st.tuples(st.just("until"), st.integers(1, 3), parts, parts),
    )


EXPRESSIONS = st.recursive(LEAVES, _larger, max_leaves=12)


def emit(code: ScalarCode, e: Expression, x: Num) -> Num:
    """Append the instructions for an expression."""
    match e:
        case ("x",):
            return x
        case ("number", value):
            return code.number(value)
        case ("sum", a, b):
            return emit(code, a, x) + emit(code, b, x)
        case ("product", a, b):
            return emit(code, a, x) * emit(code, b, x)
        case ("choice", a, b, then, orelse):
            condition = emit(code, a, x) < emit(code, b, x)
            cases = [(condition, lambda: emit(code, then, x))]
            return code.choose([*cases, (~condition, lambda: emit(code, orelse, x))], x)
        case ("loop", count, start, step):
            first = emit(code, start, x)
            _, result = code.loop(
                [code.number(0.0), first],
                lambda k, v: k < float(count),
                lambda k, v: (k + 1.0, emit(code, step, v)),
            )
            return result
        case ("until", count, start, step):
            return emit_until(code, count, emit(code, start, x), step)
    raise AssertionError(e)


def emit_until(code: ScalarCode, count: int, first: Num, step: Expression) -> Num:
    """Append a loop that is left for at its end, and whose last value is used behind it."""
    b, before = code.b, code.b.block
    loop, done = b.append_basic_block("again"), b.append_basic_block("over")
    b.branch(loop)
    b.position_at_end(loop)
    k, v = (Num(b, b.phi(F64.type)) for _ in range(2))
    following, result = k + 1.0, emit(code, step, v)
    for phi, start, after in ((k, code.number(0.0), following), (v, first, result)):
        phi.value.add_incoming(start.value, before)
        phi.value.add_incoming(after.value, b.block)
    b.cbranch((following < float(count)).value, loop, done)
    b.position_at_end(done)
    return result


def value(e: Expression, x: float) -> float:
    """What an expression is, in Python."""
    match e:
        case ("x",):
            return x
        case ("number", number):
            return number
        case ("sum", a, b):
            return value(a, x) + value(b, x)
        case ("product", a, b):
            return value(a, x) * value(b, x)
        case ("choice", a, b, then, orelse):
            return value(then if value(a, x) < value(b, x) else orelse, x)
        case ("loop" | "until", count, start, step):
            result = value(start, x)
            for _ in range(count):
                result = value(step, result)
            return result
    raise AssertionError(e)


def drawn(e: Expression) -> ir.Function:
    module = PortableModule("drawn")
    function = ir.Function(module, ir.FunctionType(F64.type, [F64.type]), "symgraph.drawn")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    b.ret(emit(ScalarCode(b), e, Num(b, function.args[0])).value)
    return function


@pytest.fixture(scope="module")
def device():
    """A device of this machine that works, with float64."""
    try:
        found = find_device("opencl")
    except DeviceError as error:
        pytest.skip(str(error))
    if not found.facts.float64:
        pytest.skip(f"{found.facts.name} has no float64")
    return found


@given(e=EXPRESSIONS)
def test_branches_and_loops_compute_what_they_say(device, e):
    source = f"{types.PROLOGUE}\n{translate(drawn(e)).text}\n{KERNEL}"
    kernel = cl.Kernel(device.build(source, "drawn"), "evaluate")
    result = np.empty_like(POINTS)
    flags = cl.mem_flags
    given = cl.Buffer(device.context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=POINTS)
    output = cl.Buffer(device.context, flags.WRITE_ONLY, result.nbytes)
    kernel(device.queue(), POINTS.shape, None, given, output)
    cl.enqueue_copy(device.queue(), result, output)
    expected = np.array([value(e, x) for x in POINTS.tolist()])
    np.testing.assert_array_equal(result, expected, source)


def _function(*kinds: ir.Type) -> tuple[ir.Function, ir.IRBuilder]:
    module = PortableModule("one")
    function = ir.Function(module, ir.FunctionType(kinds[0], kinds[1:]), "symgraph.one")
    return function, ir.IRBuilder(function.append_basic_block())


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda b, x: b.load(b.alloca(F64.type), typ=F64.type), "alloca|load"),
        (lambda b, x: b.call(ir.Function(b.module, ir.FunctionType(F64.type, [F64.type]),
                                         "llvm.exp.f64"), [x]), "llvm.exp"),
        (lambda b, x: b.extract_element(
            ir.Constant(ir.VectorType(F64.type, 2), [1.0, 2.0]), ir.Constant(ir.IntType(32), 0)
        ), "2 x double"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_is_refused(make, told):
    function, b = _function(F64.type, F64.type)
    b.ret(make(b, function.args[0]))
    with pytest.raises(UntranslatableError, match=told):
        translate(function)


def test_types_without_a_counterpart_are_refused():
    function, b = _function(ir.IntType(128), ir.IntType(128))
    b.ret(b.add(*function.args * 2))
    with pytest.raises(UntranslatableError, match="i128"):
        translate(function)


def test_functions_without_a_body_are_refused():
    function = ir.Function(ir.Module(), ir.FunctionType(F64.type, [F64.type]), "sin")
    with pytest.raises(UntranslatableError, match="sin is not in the module"):
        translate(function)


def test_a_value_that_is_used_twice_is_no_expression():
    function, b = _function(F64.type, F64.type)
    b.ret(b.fmul(function.args[0], function.args[0]))
    assert as_expression(function, ["x"]) is None


def test_an_expression_keeps_its_order():
    function, b = _function(F64.type, *[F64.type] * 3)
    x, y, z = function.args
    b.ret(b.fsub(x, b.fsub(y, z)))
    text = as_expression(function, ["x", "y", "z"])
    assert text == "(x - (y - z))"
    assert math.isclose(eval(text, {"x": 1.0, "y": 2.0, "z": 4.0}), 3.0)


def test_what_the_result_does_not_depend_on_is_left_out():
    function, b = _function(F64.type, F64.type)
    b.fdiv(function.args[0], ir.Constant(F64.type, 0.0))
    b.ret(b.fneg(function.args[0]))
    assert "/" not in translate(function).text


def test_what_was_computed_before_is_not_computed_again():
    function, b = _function(F64.type, F64.type, F64.type)
    b.ret(b.fadd(b.frem(*function.args), b.frem(*function.args)))
    assert translate(function).text.count("fmod") == 1
