"""What must hold for every node of a graph that is run, whatever its op: see `run`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import symgraph as sg
from support import agreement
from support.bundles import on_parts
from symgraph.graph import Apply, Constant, TensorType, Variable, graph_inputs, toposort
from symgraph.ops.constant import constant
from symgraph.ops.extent_equality import extent_keys

EXTENT = TensorType("int64", ())
DTYPES = ("bool", "int8", "int64", "uint16", "float16", "float32", "float64", "complex64")


def run(output: Variable, values: Mapping[Variable, Any]) -> np.ndarray:
    """The value of `output` by the ops' NumPy meanings.

    On the way each node is held to its declarations: `output_types`, `infer_shape`, the keys of
    equal extents, `view_map`, and that inputs are not written to. Sparse matrices are their parts.
    """
    known = {variable: np.asarray(value, variable.type.dtype) for variable, value in values.items()}
    (output,) = on_parts(list(values), [output])
    for node in toposort([output]):
        given = [_value(known, variable) for variable in node.inputs]
        before = [array.copy() for array in given]
        results = node.op.perform(node, *given)
        assert isinstance(results, tuple)
        assert len(results) == len(node.outputs)
        for array, old in zip(given, before, strict=True):
            np.testing.assert_array_equal(array, old)
        for position, (variable, value) in enumerate(zip(node.outputs, results, strict=True)):
            _has_type(variable, value)
            viewed = node.op.view_map.get(position)
            for at, array in enumerate(given):
                if viewed is None or node.inputs[viewed] is not node.inputs[at]:
                    assert not np.shares_memory(value, array), f"{node.op} views input {at}"
            known[variable] = value
        _shape_rule(node, given, results, known)
    _keys_agree(known)
    return _value(known, output)


def _value(known: Mapping[Variable, np.ndarray], variable: Variable) -> np.ndarray:
    return variable.data if isinstance(variable, Constant) else known[variable]


def _has_type(variable: Variable, value: np.ndarray) -> None:
    assert isinstance(value, np.ndarray)
    assert str(value.dtype) == variable.type.dtype
    assert value.ndim == variable.type.ndim
    for known, extent in zip(variable.type.shape, value.shape, strict=True):
        assert known in (None, extent), f"{variable.type} has the value of shape {value.shape}"


def _shape_rule(
    node: Apply,
    given: Sequence[np.ndarray],
    results: Sequence[np.ndarray],
    known: Mapping[Variable, np.ndarray],
) -> None:
    """Extents not known to the types stand as free scalars; the rule's answer is evaluated."""
    values = dict(known)
    shapes = []
    for variable, array in zip(node.inputs, given, strict=True):
        shape = []
        for told, extent in zip(variable.type.shape, array.shape, strict=True):
            if told is None:
                symbol = EXTENT()
                values[symbol] = np.asarray(extent)
                shape.append(symbol)
            else:
                shape.append(told)
        shapes.append(tuple(shape))
    for variable, extents, value in zip(
        node.outputs, node.op.infer_shape(node, shapes), results, strict=True
    ):
        assert len(extents) == value.ndim
        for told, extent, actual in zip(variable.type.shape, extents, value.shape, strict=True):
            assert told is None or extent == told, f"{node.op} forgets the extent {told}"
            assert _plain(extent, values) == actual, f"{node.op} infers {extents}"


def _plain(extent: Any, values: Mapping[Variable, np.ndarray]) -> int:
    if isinstance(extent, int):
        return extent
    assert extent.type == EXTENT
    known = dict(values)
    for node in toposort([extent], stop_at=known):
        (known[node.outputs[0]],) = node.op.perform(
            node, *(_value(known, variable) for variable in node.inputs)
        )
    return int(_value(known, extent))


def _keys_agree(known: Mapping[Variable, np.ndarray]) -> None:
    """Equal keys are equal extents, and an int is the extent."""
    extents: dict[Any, int] = {}
    for variable, value in known.items():
        for key, extent in zip(extent_keys(variable), value.shape, strict=True):
            assert extents.setdefault(key, extent) == extent
            assert not isinstance(key, int) or key == extent


def everywhere(outputs: Sequence[Variable], *points: Mapping[Variable, Any]) -> None:
    """At each of the points every back end gives for the outputs, compiled once and together,
    what the ops' NumPy meanings give: errors, dtypes, shapes, values up to rounding."""
    inputs = [v for v in graph_inputs(outputs) if not isinstance(v, Constant)]
    compiled = agreement.functions(inputs, outputs)
    for values in points:
        given = [np.asarray(values[v], v.type.dtype) for v in inputs]
        agreement.assert_agree(inputs, outputs, given, compiled)


def same(got: np.ndarray, expected: Any) -> None:
    """Equal dtype, shape and elements, nan equal to itself."""
    expected = np.asarray(expected)
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    np.testing.assert_array_equal(got, expected)


def derivatives_agree(f: Callable[..., Variable], *points: np.ndarray) -> None:
    """Both derivatives of `f` at `points`, along a random direction, against each other and
    against central differences, which must not straddle a kink. The variables' extents are not
    known to the types. Of a variable that does not matter the derivative is zero."""
    rng = np.random.default_rng(0)
    variables = [TensorType("float64", (None,) * point.ndim)() for point in points]
    directions = [rng.uniform(-1, 1, point.shape) for point in points]
    output = f(*variables)
    at = dict(zip(variables, points, strict=True))
    weights = rng.uniform(0.5, 1.5, run(output, at).shape)

    def shifted(by: float) -> float:
        moved = [p + by * d for p, d in zip(points, directions, strict=True)]
        return float((run(output, dict(zip(variables, moved, strict=True))) * weights).sum())

    numeric = (shifted(1e-5) - shifted(-1e-5)) / 2e-5
    weight = TensorType("float64", (None,) * weights.ndim)()
    by = sg.Lop(output, variables, weight, disconnected_inputs="ignore")
    reverse = sum(
        float((run(g, {**at, weight: weights}) * d).sum())
        for g, d in zip(by, directions, strict=True)
    )
    for variable, g, point in zip(variables, by, points, strict=True):
        assert g.type.dtype == variable.type.dtype
        assert run(g, {**at, weight: weights}).shape == point.shape
    tangents = [variable.type() for variable in variables]
    forward = run(
        sg.Rop(output, variables, tangents, disconnected_outputs="ignore"),
        {**at, **dict(zip(tangents, directions, strict=True))},
    )
    assert forward.shape == weights.shape
    np.testing.assert_allclose(reverse, numeric, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose((forward * weights).sum(), numeric, rtol=1e-6, atol=1e-7)


def integers(*values: int) -> list[Variable]:
    """Extents and indices as operations take them."""
    return [constant(value, "int64") for value in values]


SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
ANY_DTYPE = st.sampled_from(DTYPES)


@st.composite
def arrays(draw: st.DrawFn, shape: Any = SHAPES, dtype: Any = ANY_DTYPE) -> np.ndarray:
    """Arrays of small integers, so that sums and products are exact."""
    chosen = np.dtype(draw(dtype) if isinstance(dtype, st.SearchStrategy) else dtype)
    extents = draw(shape) if isinstance(shape, st.SearchStrategy) else shape
    size = int(np.prod(extents, dtype=int))
    low = -4 if chosen.kind in "ifc" else 0
    numbers = draw(st.lists(st.integers(low, 4), min_size=size, max_size=size))
    return np.array(numbers).reshape(extents).astype(chosen)


@st.composite
def variables(draw: st.DrawFn, array: np.ndarray) -> Variable:
    """A variable that can hold `array`, some of whose extents its type knows."""
    flags = draw(st.tuples(*[st.booleans()] * array.ndim))
    shape = [extent if flag else None for extent, flag in zip(array.shape, flags, strict=True)]
    return TensorType(array.dtype, tuple(shape))("x")


@st.composite
def scalars(draw: st.DrawFn, value: int, values: dict[Variable, Any]) -> Any:
    """The number `value` itself, or a variable that has it, entered into `values`."""
    dtype = draw(st.sampled_from(["plain", "int64", "int8"]))
    if dtype == "plain" or not -128 <= value <= 127:
        return value
    variable = TensorType(dtype, ())("i")
    values[variable] = value
    return variable


@st.composite
def broadcastable(draw: st.DrawFn, count: int, max_ndim: int = 3) -> list[tuple[int, ...]]:
    """Shapes that broadcast together: some axes of extent 1, and first axes left out."""
    wide = draw(st.lists(st.integers(0, 3), max_size=max_ndim))
    shapes = []
    for _ in range(count):
        narrow = [extent if draw(st.booleans()) else 1 for extent in wide]
        shapes.append(
            tuple(narrow[draw(st.integers(0, len(wide))) if draw(st.booleans()) else 0 :])
        )
    return shapes
