"""Random graphs mean the same on every back end, rewritten or not: values, dtypes, shapes, errors.

What is compared how is said in `agreement` and `rounding`; how graphs come about in
`graph_drawing`.
"""

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from support import rounding
from support.agreement import (
    OTHERS,
    TRUTH,
    Outcome,
    assert_agree,
    assert_same_results,
    budget,
    call,
    compile_variant,
    functions,
)
from support.graph_drawing import Drawn, graphs, other_shapes, spoiled
from support.graph_steps import activation, arithmetic, cast, elementwise, reduction
from support.graph_steps_layout import LAYOUT
from support.ranges import stays_in_range

import symgraph as sg
import symgraph.tensor as T

# What NumPy would warn of is no news: an op's meaning is silent.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

FUSED = (*(elementwise,) * 4, *(arithmetic,) * 8, cast, activation, reduction, *LAYOUT[:8])


def agree(drawn: Drawn) -> Outcome:
    return assert_agree(drawn.inputs, drawn.outputs, drawn.values)


@budget(2)
@given(graphs(min_steps=3, max_steps=10))
def test_values_dtypes_and_shapes(drawn):
    agree(drawn)


@budget(2)
@given(graphs(min_steps=2, max_steps=8, special=True))
def test_infinities_nans_and_the_ends_of_ranges(drawn):
    agree(drawn)


@budget(2)
@given(graphs(min_steps=1, max_steps=4, steps=FUSED), st.integers(-9, 10), st.booleans())
def test_numbers_from_the_smallest_to_the_largest(drawn, tenths, alike):
    """Where the written program stays in range, see `ranges`."""
    values = [scaled(v, tenths if alike or n % 2 else -tenths) for n, v in enumerate(drawn.values)]
    plain = [np.asarray(v).astype(v.dtype.name) for v in values]
    judged = stays_in_range(drawn.inputs, drawn.outputs, plain)
    event(f"stays in range {judged}")
    if judged:
        assert_agree(drawn.inputs, drawn.outputs, values)


def scaled(value, tenths):
    """Floats moved so many tenths of the way to the end of their range, as powers of two."""
    if value.dtype.kind != "f":
        return value
    end = np.finfo(value.dtype).maxexp - 2
    return np.ldexp(value, end * tenths // 10).astype(value.dtype)


@budget(1)
@given(
    graphs(max_steps=5, extents=(1000, 257, 64, 4099), largest=12000, dtypes=("float32", "float64"))
)
def test_large_arrays(drawn):
    agree(drawn)


@budget(0.5)
@given(graphs(min_steps=30, max_steps=60, steps=FUSED))
def test_long_programs_with_many_outputs(drawn):
    agree(drawn)


@budget(1)
@given(graphs(min_steps=2, max_steps=6), st.data())
def test_outputs_given_twice_inputs_and_constants_as_outputs(drawn, data):
    pool = [*drawn.outputs, *drawn.inputs, T.constant(np.arange(3)), T.constant(1.5)]
    chosen = data.draw(st.lists(st.sampled_from(pool), min_size=2, max_size=6))
    outcome = assert_agree(drawn.inputs, [*chosen, chosen[0]], drawn.values)
    assert outcome.error is None


@budget(1)
@given(graphs(min_steps=2, max_steps=8), st.data())
def test_what_the_reference_refuses_is_refused(drawn, data):
    """And with the same class of error; of several mistakes either may be met first."""
    compiled = functions(drawn.inputs, drawn.outputs)
    for _ in range(3):
        values = data.draw(spoiled(drawn))
        outcome = assert_agree(drawn.inputs, drawn.outputs, values, compiled)
        event(f"raises {outcome.error is not None}")
    outcome = assert_agree(drawn.inputs, drawn.outputs, drawn.values, compiled)
    assert outcome.error is None


@budget(1)
@given(graphs(min_steps=2, max_steps=8, open_types=True), st.data())
def test_one_function_called_with_many_shapes(drawn, data):
    """Equal calls give equal bits, whatever was called between."""
    compiled = functions(drawn.inputs, drawn.outputs)
    first = {variant: call(f, drawn.values) for variant, f in compiled.items()}
    for _ in range(3):
        values = data.draw(other_shapes(drawn))
        outcome = assert_agree(drawn.inputs, drawn.outputs, values, compiled)
        event(f"raises {outcome.error is not None}")
    assert_agree(drawn.inputs, drawn.outputs, drawn.values, compiled)
    for variant, f in compiled.items():
        again = call(f, drawn.values)
        for left, right in zip(first[variant].results, again.results, strict=True):
            assert left.tobytes() == right.tobytes()


@budget(1)
@given(graphs(min_steps=2, max_steps=8), st.data())
def test_updates_read_old_values_and_an_error_changes_none(drawn, data):
    """Some inputs become shared variables, updated to what fits of the graph."""
    count = data.draw(st.integers(1, len(drawn.inputs)))
    shared = drawn.inputs[:count]
    new_values = [_update(data.draw, variable, drawn) for variable in shared]
    values = [np.asarray(v).astype(v.dtype.name) for v in drawn.values]
    spoilt = data.draw(spoiled(drawn))[count:]
    for variant in (TRUTH, *OTHERS):
        stores = [
            sg.shared(v, name=x.name, shape=x.type.shape)
            for x, v in zip(shared, values, strict=False)
        ]
        f = compile_variant(
            variant,
            drawn.inputs[count:],
            drawn.outputs,
            updates=list(zip(stores, new_values, strict=True)),
            givens=dict(zip(shared, stores, strict=True)),
        )
        _call_and_check(f, variant, drawn, new_values, stores, values[count:])
        _call_and_check(f, variant, drawn, new_values, stores, spoilt)


def _update(draw, variable, drawn):
    """A new value for the variable: a result of its type, or something made of itself."""
    fitting = [
        v for v in (*drawn.outputs, *drawn.inputs) if v is not variable and v.type == variable.type
    ]
    own = [~variable] if variable.type.dtype == "bool" else [variable + 1]
    return draw(st.sampled_from([*fitting, *own]))


def _call_and_check(f, variant, drawn, new_values, stores, given_values):
    """One call, held against NumPy on the values that were stored before it."""
    before = [store.get_value() for store in stores]
    outcome = call(f, given_values)
    after = [store.get_value() for store in stores]
    if outcome.error is not None:
        for old, new in zip(before, after, strict=True):
            np.testing.assert_array_equal(new, old)
        return
    outputs, values = [*drawn.outputs, *new_values], [*before, *given_values]
    plain = [np.asarray(v).astype(v.dtype.name) for v in values]
    expected = rounding.run(drawn.inputs, outputs, plain)
    found = [*outcome.results, *after]
    assert_same_results(drawn.inputs, outputs, values, expected, found, variant, variant.rewritten)
