"""Typed lists: variables whose values are lists of values of one type.

Lists pass through functions as they are; operations on them run in Python, and what is computed
with their elements is compiled.

>>> from symgraph.typed_list import TypedListType, length
>>> vectors = TypedListType(T.dvector().type)("vectors")
>>> f = sg.function([vectors], [vectors.append([3.0]), T.exp(vectors[0]), length(vectors)])
>>> f([[0.0], [1.0, 2.0]])
[[array([0.]), array([1., 2.]), array([3.])], array([1.]), array(2)]
"""

from typing import Any

from symgraph.graph import Variable, tell_calls
from symgraph.ops import typed_lists as ops
from symgraph.ops.typed_lists import TypedListConstant, TypedListType, TypedListVariable


def make_list(elements: Any) -> Variable:
    """Return a list of variables or values of one type.

    elements: a list or tuple of them, at least one.
    Returns a typed list. Raises TypeError where the types differ, ValueError for none at all.

    >>> sg.typed_list.make_list([T.dvector("x"), T.dvector("y")]).type
    TypedList <float64 vector>
    """
    found: Variable = ops.MakeList()(*elements)
    return found


def getitem(x: Variable, index: Any) -> Variable:
    """Select an element, or by a slice a part of a list; also written x[index].

    x: a typed list. index: an integer, a slice, or a variable of either; negative ones count from
        the end.
    Returns a variable of the type of an element, or a typed list. Raises TypeError; when a function
    runs, IndexError for a position that there is not.

    >>> x = sg.typed_list.make_list([T.constant(1.0), T.constant(2.0)])
    >>> x[-1].eval(), x[:1].eval()
    (array(2.), [array(1.)])
    """
    found: Variable = ops.GetItem()(x, index)
    return found


def append(x: Variable, element: Any) -> Variable:
    """Add an element at the end of a list; also written x.append(element).

    x: a typed list, which stays as it is. element: a variable or value of its elements' type.
    Returns a new list. Raises TypeError.

    >>> sg.typed_list.make_list([1.0]).append(T.constant(2.0)).eval()
    [array(1.), array(2.)]
    """
    found: Variable = ops.Append()(x, element)
    return found


def extend(x: Variable, other: Any) -> Variable:
    """Add the elements of another list at the end of one; also written x.extend(other).

    x, other: typed lists of one type.
    Returns a new list. Raises TypeError.

    >>> x = sg.typed_list.make_list([1.0])
    >>> x.extend(x).eval()
    [array(1.), array(1.)]
    """
    found: Variable = ops.Extend()(x, other)
    return found


def insert(x: Variable, index: Any, element: Any) -> Variable:
    """Insert an element before a position; also written x.insert(index, element).

    x: a typed list. index: an integer; positions beyond the ends are the ends, as for Python's
        lists. element: a variable or value of the elements' type.
    Returns a new list. Raises TypeError.

    >>> sg.typed_list.make_list([1.0]).insert(0, T.constant(2.0)).eval()
    [array(2.), array(1.)]
    """
    found: Variable = ops.Insert()(x, index, element)
    return found


def remove(x: Variable, element: Any) -> Variable:
    """Drop the first element that has a value; also written x.remove(element).

    x: a typed list. element: a variable or value of the elements' type.
    Returns a new list. Raises TypeError; when a function runs, ValueError where there is none.

    >>> sg.typed_list.make_list([1.0, 2.0]).remove(T.constant(1.0)).eval()
    [array(2.)]
    """
    found: Variable = ops.Remove()(x, element)
    return found


def reverse(x: Variable) -> Variable:
    """Reverse a list; also written x.reverse().

    x: a typed list.
    Returns a new list. Raises TypeError.

    >>> sg.typed_list.make_list([1.0, 2.0]).reverse().eval()
    [array(2.), array(1.)]
    """
    found: Variable = ops.Reverse()(x)
    return found


def index_(x: Variable, element: Any) -> Variable:
    """Return the position of the first element that has a value; also written x.ind(element).

    x: a typed list. element: a variable or value of the elements' type; shape, dtype and all
        elements must be equal.
    Returns an int64 scalar. Raises TypeError; when a function runs, ValueError where there is none.

    >>> sg.typed_list.make_list([1.0, 2.0]).ind(T.constant(2.0)).eval()
    array(1)
    """
    found: Variable = ops.Index()(x, element)
    return found


def count(x: Variable, element: Any) -> Variable:
    """Return how many elements have a value; also written x.count(element).

    x: a typed list. element: a variable or value of the elements' type.
    Returns an int64 scalar. Raises TypeError.

    >>> sg.typed_list.make_list([1.0, 2.0, 1.0]).count(T.constant(1.0)).eval()
    array(2)
    """
    found: Variable = ops.Count()(x, element)
    return found


def length(x: Variable) -> Variable:
    """Return how many elements a list has.

    x: a typed list.
    Returns an int64 scalar. Raises TypeError.

    >>> sg.typed_list.length(sg.typed_list.make_list([1.0, 2.0])).eval()
    array(2)
    """
    found: Variable = ops.Length()(x)
    return found


__all__ = [
    "TypedListConstant",
    "TypedListType",
    "TypedListVariable",
    "append",
    "count",
    "extend",
    "getitem",
    "index_",
    "insert",
    "length",
    "make_list",
    "remove",
    "reverse",
]
tell_calls(globals())
