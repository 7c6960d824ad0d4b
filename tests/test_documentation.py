"""Public functions are documented: what they do, take and return, with an example that runs."""

import doctest
import inspect
import re
import typing
from types import FunctionType

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.ops.scalar import SCALARS

# What a first line begins with.
VERBS = set(
    re.findall(
        r"\w+",
        """
        Add Apply Build Check Choose Clip Collect Combine Compare Compile Compose Compute
        Convert Convolve Copy Cut Declare Describe Differentiate Divide Draw Drop Enlarge
        Exchange Fill Give Go Insert Invert Join Lay Limit Move Multiply Negate Normalise
        Permute Print Put Raise Read Reduce Release Repeat Replace Represent Return Reverse
        Rewrite Round Run Scale Select Set Shift Shuffle Solve Sort Split Square Start Stop
        Subtract Test Write
        """,
    )
)
CLASSES = (
    sg.RandomStreams,
    sg.Variable,
    sg.Constant,
    sg.SharedVariable,
    T.TensorType,
    sg.Function,
    sg.graph.Config,
)
DESCRIBED = (
    *CLASSES,
    sg.printing.Print,
    sg.Op,
    sg.OpFromGraph,
    sg.Type,
    sg.In,
    sg.Out,
    sg.OrderedUpdates,
    sg.until,
)
# Their types stand in modules that only type checkers import there.
TYPED_LATER = {"Function.memory"}
# Modules whose functions are public but tell nothing of calls.
OTHERS = (sg.gradient, sg.debug)


def public():
    """Each public function once, by its first name, and the public methods of classes."""
    functions = {}
    for name, function in sg.graph.public_functions().items():
        functions.setdefault(function, name)
    written = set(map(inspect.unwrap, functions))
    for module in OTHERS:
        for name in module.__all__:
            function = getattr(module, name)
            of_ours = isinstance(function, FunctionType) and function not in written
            if of_ours and name not in ("install", "node_error"):
                functions.setdefault(function, f"{module.__name__}.{name}")
    for kind in DESCRIBED:
        functions[kind] = kind.__name__
    for kind in CLASSES:
        for name in dir(kind):
            value = inspect.getattr_static(kind, name)
            if isinstance(value, property):
                value = value.fget
            if isinstance(value, FunctionType) and not name.startswith("_"):
                functions.setdefault(value, f"{kind.__name__}.{name}")
    return {name: function for function, name in functions.items()}


PUBLIC = public()
BY_NAME = pytest.mark.parametrize("name", list(PUBLIC))


def test_all_rooms_of_the_language_have_entered_their_functions():
    rooms = {name.rpartition(".")[0] for name in sg.graph.public_functions()}
    assert {
        "symgraph",
        "symgraph.tensor",
        "symgraph.tensor.fft",
        "symgraph.tensor.linalg",
        "symgraph.tensor.nlinalg",
        "symgraph.tensor.nnet",
        "symgraph.tensor.signal.conv",
        "symgraph.tensor.signal.pool",
        "symgraph.tensor.slinalg",
    } <= rooms


def test_all_names_of_a_function_stand_for_one_object():
    assert T.where is T.switch
    assert T.grad is sg.grad
    assert T.nnet.sigmoid is T.sigmoid
    assert T.linalg.inv is T.nlinalg.matrix_inverse
    written = [inspect.unwrap(function) for function in set(sg.graph.public_functions().values())]
    assert len(set(written)) == len(written)


@BY_NAME
def test_documentation_says_what_a_function_does_and_returns(name):
    text = inspect.getdoc(PUBLIC[name]) or ""
    first = text.partition("\n")[0]
    assert first.split()[0] in VERBS
    assert re.search(r"[.:]$|\)\.$", first), first
    assert re.search(r"\b([Rr]eturns?|[Rr]aises?)\b", text)
    assert ">>> " in text


def explained(text):
    """The arguments that lines such as `x, y: real numbers` explain."""
    lines = re.sub(r"\n    ", " ", text.split(">>>")[0].partition("\n")[2])
    heads = re.findall(r"(?:^|\. )(\w+(?:, \w+)*): ", lines, re.M)
    return {name for head in heads for name in head.split(", ")}


@BY_NAME
def test_every_argument_is_explained(name):
    function = PUBLIC[name]
    if not isinstance(function, type):
        # Methods are written with `self`, `eval` with `variable`.
        taken = set(inspect.signature(function).parameters) - {"self", "variable"}
        assert taken <= explained(inspect.getdoc(function))


@BY_NAME
def test_types_are_told_of_every_argument_and_result(name):
    function = PUBLIC[name]
    signature = inspect.signature(function)
    own = 1 if "." in name and not name.startswith("symgraph.") else 0
    untyped = [
        parameter.name
        for parameter in list(signature.parameters.values())[own:]
        if parameter.annotation is parameter.empty
    ]
    assert not untyped
    if not isinstance(function, type):
        assert signature.return_annotation is not signature.empty
        if name not in TYPED_LATER:
            assert typing.get_type_hints(inspect.unwrap(function))


def failures_of(thing, name):
    """What the examples of a function or module give instead of what they show."""
    names = {"sg": sg, "T": T, "np": np}
    source = inspect.getsourcefile(inspect.unwrap(thing))
    test = doctest.DocTestParser().get_doctest(inspect.getdoc(thing), names, name, source, None)
    assert test.examples
    with sg.config.change_flags(mode="reference", floatX="float64"):
        failures = []
        runner = doctest.DocTestRunner(verbose=False)
        runner.run(test, out=failures.append)
    return "".join(failures)


@BY_NAME
def test_examples_run(name):
    assert failures_of(PUBLIC[name], name) == ""


@pytest.mark.parametrize("module", [sg, T])
def test_examples_of_modules_run(module):
    assert failures_of(module, module.__name__) == ""


def test_elementwise_functions_take_the_operands_of_the_table():
    modules = ".elementwise."
    functions = {
        name: function
        for name in T.__all__
        if modules in getattr(function := getattr(T, name), "__module__", "")
        # Others are made of several.
        and function.__name__ in SCALARS
    }
    assert len(functions) > 70
    for name, function in functions.items():
        operands = inspect.signature(function).parameters.values()
        kinds = [p.kind for p in operands if p.default is p.empty]
        scalar = SCALARS[function.__name__]
        more = kinds.count(inspect.Parameter.VAR_POSITIONAL)
        assert (len(kinds) - more, bool(more)) == (scalar.arity, scalar.associative), name
