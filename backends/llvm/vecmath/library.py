"""Emit functions once for a module, from text that is generated once for a process."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.llvm.codegen.shared_functions import SharingModule
from symgraph.backends.llvm.vecmath.called_functions import SHORT, shared_texts
from symgraph.backends.llvm.vecmath.cold_branches import PURE, add_attributes
from symgraph.backends.llvm.vecmath.portable import PortableModule
from symgraph.backends.llvm.vecmath.values import FORMATS, Format, Num


class FunctionText(NamedTuple):
    """A function as text; for a vector form `type` is the scalar form's, as no code here calls
    it."""

    name: str
    type: ir.FunctionType
    text: str


class _Ready(ir.Function):
    """A function whose text is known: its blocks need not be built again for each module."""

    text = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Emitted:
    """A function of one or more numbers of one format, to be used in any module.

    `body` writes the formula for one format. Calling the object appends a call.
    """

    name: str
    body: Callable[..., Num]

    @cached_property
    def arity(self) -> int:
        return len(inspect.signature(self.body).parameters)

    def __call__(self, builder: ir.IRBuilder, *values: ir.Value) -> ir.Value:
        """Append a call of the function for `values`, all float or all double; return its value.

        Raises TypeError naming the function for another number or type of arguments.
        """
        kinds = {str(value.type) for value in values}
        if len(values) != self.arity or len(kinds) != 1 or values[0].type not in FORMATS:
            given = ", ".join(str(value.type) for value in values)
            raise TypeError(
                f"{self.name} takes {self.arity} value(s), all float or all double; got ({given})"
            )
        return builder.call(self._in_module(builder.module, FORMATS[values[0].type]), values)

    def _in_module(self, module: ir.Module, form: Format) -> ir.Function:
        if isinstance(module, PortableModule):
            return module.globals.get(self._name(form)) or self._written(module, form)
        name, texts = self._texts(form)
        if isinstance(module, SharingModule):
            name, texts = self._shared(form)
        if name not in module.globals:
            for needed, kind, text in texts:
                if needed not in module.globals:
                    _Ready(module, kind, needed).text = text
        return module.globals[name]

    @cache  # noqa: B019 - the table of functions lives as long as the process
    def _texts(self, form: Format) -> tuple[str, list[FunctionText]]:
        """Return the function's name, and the texts of it and of all that it calls."""
        scratch = ir.Module()
        name = self._written(scratch, form).name
        return name, [FunctionText(f.name, f.ftype, str(f)) for f in scratch.functions]

    def _name(self, form: Format) -> str:
        return f"symgraph.{self.name}.{form.name}"

    def _written(self, module: ir.Module, form: Format) -> ir.Function:
        """Return the function, written out in the module."""
        kind = ir.FunctionType(form.type, [form.type] * self.arity)
        function = ir.Function(module, kind, self._name(form))
        function.linkage = "internal"
        add_attributes(function, "alwaysinline", *PURE)
        builder = ir.IRBuilder(function.append_basic_block())
        builder.ret(self.body(*(Num(builder, argument) for argument in function.args)).value)
        return function

    @cache  # noqa: B019
    def _shared(self, form: Format) -> tuple[str, list[FunctionText]]:
        """Return the same for the function to call where functions are not inlined."""
        name, texts = self._texts(form)
        if texts[0].text.count("\n") < SHORT:
            return name, texts
        kind = texts[0].type
        shared = [FunctionText(n, kind, text) for n, text in shared_texts(name, form, self.arity)]
        return shared[0].name, [*texts, *shared]
