"""Emit functions of numbers that are series, recurrences or continued fractions: each as a function
of its own, in float64, emitted once for a module and called for each element."""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.emission import (
    bessel_of_order,
    incomplete_beta,
    incomplete_gamma,
    polygamma,
)
from symgraph.backends.llvm.emission.scalar_code import ScalarCode
from symgraph.backends.llvm.vecmath.cold_branches import PURE, add_attributes
from symgraph.backends.llvm.vecmath.values import F64, Num

Value = Any

FORMULAS: dict[str, Callable[..., Num]] = {
    "betainc": incomplete_beta.betainc,
    "gammainc": incomplete_gamma.gammainc,
    "gammaincc": incomplete_gamma.gammaincc,
    "iv": bessel_of_order.iv,
    "jv": bessel_of_order.jv,
    "polygamma": polygamma.polygamma,
}


def call(b: ir.IRBuilder, name: str, args: Sequence[Value]) -> Value:
    """Append a call of one of `FORMULAS`, of floats or doubles; return its value in their type."""
    type = args[0].type
    function = _function(b.module, name, len(args))
    if type == F64.type:
        return b.call(function, args)
    return b.fptrunc(b.call(function, [b.fpext(a, F64.type) for a in args]), type)


def _function(module: ir.Module, name: str, arity: int) -> ir.Function:
    full = f"symgraph.{name}"
    if full in module.globals:
        return module.globals[full]
    function = ir.Function(module, ir.FunctionType(F64.type, [F64.type] * arity), full)
    function.linkage = "internal"
    add_attributes(function, "noinline", *PURE)
    b = ir.IRBuilder(function.append_basic_block("entry"))
    b.ret(FORMULAS[name](ScalarCode(b), *(Num(b, a) for a in function.args)).value)
    return function
