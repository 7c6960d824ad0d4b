"""`theano.printing`: graphs as text and pictures."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from symgraph.compat.theano.gof.graph import Apply
from symgraph.compat.theano.gof.op import Op
from symgraph.compat.theano.lookup import resolver
from symgraph.debug import printing
from symgraph.debug.printing import debugprint as print_natively
from symgraph.graph import Variable

__getattr__, __dir__ = resolver(__name__, "symgraph.debug.printing", "symgraph.debug")

pydot_imported = True
pydot_imported_msg = ""


def debugprint(
    obj: Any,
    depth: int = -1,
    print_type: bool = False,
    file: Any = None,
    ids: str = "CHAR",
    stop_on_name: bool = False,
    done: Any = None,
    print_storage: bool = False,
    print_clients: bool = False,
    used_ids: Any = None,
) -> Any:
    """Print a graph as an indented tree: see `symgraph.debugprint`.

    obj: a variable, a list of them, or a compiled function. depth: how far down; -1 for all.
    print_type: whether types are printed. file: where to, 'str' to return the text.
    The others are Theano's, and make no difference.

    >>> from symgraph.compat.theano.printing import debugprint
    >>> text = debugprint(T.dscalar("x") + 1, file="str")
    """
    wanted = {"depth": depth, "print_type": print_type, "file": file}
    return print_natively(obj, **{k: v for k, v in wanted.items() if k in _TAKEN})


_TAKEN = frozenset(print_natively.__code__.co_varnames)


def pydotprint(
    fct: Any,
    outfile: Any = None,
    compact: bool = True,
    format: str | None = None,
    return_image: bool = False,
    print_output_file: bool = False,
    **options: Any,
) -> str | None:
    """Draw a graph to a file of the SVG or DOT format.

    fct: a variable, a list of them, or a compiled function.
    outfile: a path, `graph.svg` unless given. format: 'svg' or 'dot', by the path unless given.
    return_image, print_output_file: whether the picture is returned, and no file written; whether
        the path is printed.
    options: Theano's, of colours and labels, which make no difference.
    Returns nothing, or the picture as text. Raises ValueError for another format.

    >>> from symgraph.compat.theano.printing import pydotprint
    >>> pydotprint(T.dscalar("x") + 1, "graph.txt", format="png")
    Traceback (most recent call last):
    ValueError: pydotprint writes 'svg' and 'dot', not 'png'
    """
    path = Path("graph.svg" if outfile is None else outfile)
    wanted = format or path.suffix.lstrip(".") or "svg"
    if wanted not in ("svg", "dot"):
        raise ValueError(f"pydotprint writes 'svg' and 'dot', not {wanted!r}")
    make = printing.to_svg if wanted == "svg" else printing.to_dot
    text: str = make(fct)
    if return_image:
        return text
    path.write_text(text, encoding="utf-8")
    if print_output_file:
        print(f"The output file is available at {path}")
    return None


def min_informative_str(obj: Any, indent_level: int = 0, **previous: Any) -> str:
    """Return an expression as a tree of letters, one line for each variable.

    obj: a variable. indent_level: how far the first line is indented. previous: Theano's.

    >>> from symgraph.compat.theano.printing import min_informative_str
    >>> print(min_informative_str(T.exp(T.dscalar("x"))))
    A. exp
     B. x
    """
    seen: dict[Variable, str] = {}

    def lines(variable: Variable, level: int) -> list[str]:
        indent = " " * level
        if variable in seen:
            return [f"{indent}<{seen[variable]}>"]
        seen[variable] = _letters(len(seen))
        named = variable.name is not None or variable.owner is None
        what = variable if named else variable.owner.op  # type: ignore[union-attr]
        own = [f"{indent}{seen[variable]}. {what}"]
        if named or variable.owner is None:
            return own
        return own + [line for v in variable.owner.inputs for line in lines(v, level + 1)]

    return "\n".join(lines(obj, indent_level))


def _letters(number: int) -> str:
    text = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


class Print(Op):
    """Print a value whenever it is computed, and pass it on.

    message: printed before it. attrs: which of its attributes are printed; '__str__' for itself.
    global_fn: called with this object and the value in place of printing.

    >>> from symgraph.compat.theano.printing import Print
    >>> x = T.dscalar("x")
    >>> f = sg.function([x], Print("x is")(x) + 1)
    >>> f(1.0)
    x is __str__ = 1.0
    array(2.)
    """

    __props__ = ("message", "attrs", "global_fn")
    view_map: ClassVar[dict[int, int]] = {0: 0}

    def __init__(
        self,
        message: str = "",
        attrs: Sequence[str] = ("__str__",),
        global_fn: Callable[["Print", Any], Any] | None = None,
    ) -> None:
        self.message = message
        self.attrs = tuple(attrs)
        self.global_fn = global_fn or _print_attributes

    def make_node(self, xin: Variable) -> Any:
        """Return the node that prints a variable."""
        return Apply.make(self, [xin], [xin.type()])

    def perform(self, node: Any, inputs: Any, output_storage: Any) -> None:
        """Print the value, and pass it on."""
        output_storage[0][0] = inputs[0]
        self.global_fn(self, inputs[0])

    def infer_shape(self, node: Any, shapes: Any) -> Any:
        """Return the shape of the input."""
        return shapes

    def grad(self, inputs: Any, output_gradients: Any) -> Any:
        """Return the derivatives of an identity."""
        return output_gradients

    def R_op(self, inputs: Any, eval_points: Any) -> Any:
        """Return the derivatives of an identity."""
        return list(eval_points)


def _print_attributes(op: Print, value: Any) -> None:
    for name in op.attrs:
        found = getattr(value, name)
        print(op.message, name, "=", found() if callable(found) else found)


def hex_digest(x: Any) -> str:
    """Return a hash of an array, with its dtype, shape and strides.

    >>> from symgraph.compat.theano.printing import hex_digest
    >>> len(hex_digest(np.zeros(2))) > 64
    True
    """
    told = f"|strides={list(x.strides)}|shape={list(x.shape)}|dtype={x.dtype}"
    return hashlib.sha256(x.tobytes()).hexdigest() + told
