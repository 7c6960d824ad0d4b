"""The scalar functions of loop programs in OpenCL C, made of the code that LLVM has for them.

Each function is emitted as LLVM IR for no processor in particular and translated, once for a
process. Results are those of the LLVM back end to the last bit, nan aside, wherever the device's
arithmetic is that of IEEE 754 with subnormal numbers.
"""

import re
import threading
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.llvm.emission import function_table, scalar_functions, scalars
from symgraph.backends.llvm.vecmath.portable import PortableModule
from symgraph.backends.opencl.c_code import types
from symgraph.backends.opencl.c_code.instructions import c_name, c_type
from symgraph.backends.opencl.c_code.ir_to_c import CFunction, as_expression, translate

# Operands that may be written out more than once, as they are not computed.
NAME = re.compile(r"\w+")


class _Source:
    """The functions that were emitted and translated, of all threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.module = PortableModule("opencl")
        self.translated: dict[str, CFunction] = {}

    def emitted(self, fn: str, out: str, args: Sequence[str]) -> ir.Function:
        """Return the function of operands of these dtypes as LLVM IR."""
        known = self.module.globals.get(_name(fn, out, args))
        if known is not None:
            return known
        try:
            return self._emitted(fn, out, args)
        except BaseException:
            # It holds half a function now.
            self.module = PortableModule("opencl")
            raise

    def _emitted(self, fn: str, out: str, args: Sequence[str]) -> ir.Function:
        kind = ir.FunctionType(
            scalars.register_type(out), [scalars.register_type(dtype) for dtype in args]
        )
        function = ir.Function(self.module, kind, _name(fn, out, args))
        b = ir.IRBuilder(function.append_basic_block("entry"))
        if fn.startswith("cast{"):
            result = scalar_functions.cast(b, function.args[0], args[0], out)
        else:
            result = scalar_functions.emit(b, fn, args[-1], function.args)
        b.ret(result)
        return function

    def with_callees(self, function: ir.Function) -> list[CFunction]:
        """Return a function in OpenCL C, and all that it calls, each behind those that it calls
        itself."""
        found: dict[str, CFunction] = {}
        todo = [(function, False)]
        while todo:
            f, ready = todo.pop()
            name = c_name(f)
            if name in found:
                continue
            if name not in self.translated:
                self.translated[name] = translate(f)
            known = self.translated[name]
            if ready:
                found[name] = known
            else:
                todo.append((f, True))
                todo += [(callee, False) for callee in known.callees]
        return list(found.values())


_SOURCE = _Source()


def _name(fn: str, out: str, args: Sequence[str]) -> str:
    """Return the name of the function in its module."""
    own = "_".join(types.SHORT_NAMES[dtype] for dtype in dict.fromkeys(args))
    name = f"cast_to_{types.SHORT_NAMES[out]}" if fn.startswith("cast{") else fn
    # The functions that it calls have other names: symgraph.exp.f32.
    return f"symgraph.{name}.of.{own}"


class _Rule(NamedTuple):
    """How a function is called: an expression with places for operands, each of which occurs once,
    the functions in it, and whether it computes with float64."""

    template: str
    called: tuple[CFunction, ...]
    float64: bool


@cache
def _rule(fn: str, out: str, args: tuple[str, ...]) -> _Rule:
    places = [f"{{{n}}}" for n in range(len(args))]
    operands = [_cast(dtype, place) for dtype, place in zip(args, places, strict=True)]
    with _SOURCE.lock:
        function = _SOURCE.emitted(fn, out, args)
        called = _SOURCE.with_callees(function)
        template = as_expression(function, operands)
    if template is None or any(template.count(place) > 1 for place in places):
        template = f"{c_name(function)}({', '.join(places)})"
    else:
        called = called[:-1]
    if scalars.is_signed(out):
        template = f"({types.register_type(out)})({template})"
    texts = [template, *(f.text for f in called)]
    return _Rule(template, tuple(called), any("double" in text for text in texts))


def _cast(dtype: str, place: str) -> str:
    """Return an operand in the type that the translation has for its dtype."""
    type = scalars.register_type(dtype)
    known = c_type(type)
    return place if known == types.register_type(dtype) or dtype == "bool" else f"({known}){place}"


class ScalarFunctions:
    """The functions that a program uses: `call` gives the expressions, `declarations` their text.

    `uses_float64` says whether one of them computes with float64, which not all devices can.
    """

    def __init__(self) -> None:
        self._used: dict[str, str] = {}
        self.uses_float64 = False

    def call(self, fn: str, out_dtype: str, arg_dtypes: Sequence[str], args: Sequence[str]) -> str:
        """Return the value of a function of operands, which are expressions, as an expression.

        Operands are of the types of `types.register_type`, and so is the result, except that a
        condition may be a bool. Casts are called "cast{dtype}", as in loop programs.
        """
        if fn == "identity" or fn == f"cast{{{arg_dtypes[0]}}}":
            return args[0]
        if fn == "second":
            return args[1]
        if not function_table.known(fn, arg_dtypes[-1]):
            raise ValueError(f"there is no code for {fn} of {', '.join(arg_dtypes)}")
        rule = _rule(fn, out_dtype, tuple(arg_dtypes))
        for function in rule.called:
            self._used.setdefault(function.name, function.text)
        self.uses_float64 |= rule.float64
        return rule.template.format(*(a if NAME.fullmatch(a) else f"({a})" for a in args))

    def declarations(self) -> str:
        """Return what precedes kernels: what all need, and the functions used so far, each behind
        those that it calls."""
        return "\n".join([types.PROLOGUE, *self._used.values()])
