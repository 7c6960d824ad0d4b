"""Every public function, on its sample: values, derivatives, batches, and its row."""

import inspect
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import function_table
from support.agreement import assert_agree, budget, functions
from support.function_table import PAGE, float_results, row, variables
from support.op_checks import derivatives_agree
from support.samples import SAMPLES

import symgraph as sg
from symgraph.graph import TensorType

# Public functions that make no value of tensors, or are tested on their own.
OTHERS = {
    "T": """Lop Rop grad hessian jacobian numeric_grad verify_grad consider_constant tensor scalar
        scalars vector vectors matrix matrices row rows col cols
        get_scalar_constant_value get_vector_length load""",
    "T.nnet": """bilinear_kernel_1D bilinear_kernel_2D bilinear_upsampling tiled_conv2d
        frac_bilinear_upsampling local_contrast_normalization local_response_normalization
        check_conv_gradinputs_shape get_conv_gradinputs_shape get_conv_gradweights_shape
        get_conv_output_shape""",
    "T.raw_random": """binomial choice multinomial normal permutation poisson random_integers
        uniform""",
    "T.signal.pool": "adaptive_pool_2d stochastic_pool_2d unpool_2d",
    "sparse": """as_csr as_sparse_or_tensor_variable as_sparse_variable binomial constant
        csc_dmatrix csc_fmatrix csc_matrix csr_dmatrix csr_fmatrix csr_matrix hash_from_sparse
        matrix multinomial poisson shared structured_monoid verify_grad_sparse""",
}
NAMES = pytest.mark.parametrize("name", sorted(SAMPLES))
# Each sample, and those with sparse matrices in the other formats too.
CASES = SAMPLES | {
    f"{name} in other formats": sample.in_other_formats()
    for name, sample in SAMPLES.items()
    if sample.is_sparse
}
EVERY = pytest.mark.parametrize("name", sorted(CASES))


def public():
    """The first public name of each function of tensors."""
    found = {}
    for name, function in sg.graph.public_functions().items():
        module = name.rpartition(".")[0]
        constructor = inspect.unwrap(function).__module__ == "symgraph.tensor.constructors"
        if module.startswith(("symgraph.tensor", "symgraph.sparse")) and not constructor:
            short = name.replace("symgraph.tensor", "T").removeprefix("symgraph.")
            found.setdefault(function, short)
    return set(found.values())


def test_every_function_has_a_sample():
    others = {f"{module}.{name}" for module, names in OTHERS.items() for name in names.split()}
    assert public() - set(SAMPLES) - others == set()
    assert not others & set(SAMPLES)


@cache
def compiled(name):
    """The inputs and the outputs of a sample, and its compiled functions."""
    inputs = variables(CASES[name])
    outputs = CASES[name].results(inputs)
    return inputs, outputs, functions(inputs, outputs)


@EVERY
@given(data=st.data())
@budget(0.2)
def test_values(name, data):
    sample = CASES[name]
    extent = st.integers(sample.least, 4)
    letters = sample.letters()
    extents = [data.draw(extent, letter) for letter in letters]
    points = sample.points(extents, data.draw(st.integers(0, 2**32 - 1)))
    inputs, outputs, variants = compiled(name)
    truth = assert_agree(inputs, outputs, points, variants)
    assert truth.error is None
    with np.errstate(all="ignore"):
        expected = sample.expected(points)
    for found, wanted in zip(truth.results, expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


@EVERY
def test_derivatives(name):
    """Of the first and second order, in reverse and forward mode."""
    sample = CASES[name]
    points = sample.points((3, 3, 3))
    count = len(float_results(sample, variables(sample)))
    for position in range(count if sample.smooth else 0):

        def result(*given, position=position):
            return float_results(sample, list(given))[position]

        derivatives_agree(result, *points)
        for by in range(len(points) if sample.smooth > 1 else 0):

            def derivative(*given, by=by, result=result):
                cost = (result(*given) ** 2).sum()
                return sg.grad(cost, given[by], disconnected_inputs="ignore")

            derivatives_agree(derivative, *points)


@EVERY
def test_batches(name):
    """A batch is what its elements are, one by one; where these are of one shape."""
    sample = CASES[name]
    given_ = variables(sample)
    many = [TensorType("float64", (None, *v.type.shape))() for v in given_]
    results = sample.results(given_)
    batch = sg.vectorize_graph(results, dict(zip(given_, many, strict=True)))
    each = [sample.points((3, 3, 3), seed) for seed in range(2)]
    one = sg.function(given_, results, mode="reference", on_unused_input="ignore")
    singles = [one(*points) for points in each]
    if any(a.shape != b.shape for a, b in zip(*singles, strict=True)):
        return
    whole = sg.function(many, batch, mode="reference", on_unused_input="ignore")
    found = whole(*(np.stack(arrays) for arrays in zip(*each, strict=True)))
    for position, value in enumerate(found):
        wanted = [single[position] for single in singles]
        if value.shape != np.shape(wanted):
            # What does not depend on the operands' values has no batch axis.
            wanted = wanted[0]
        np.testing.assert_allclose(value, wanted, rtol=1e-9, atol=1e-12)


@NAMES
def test_the_table_has_its_row(name):
    assert row(name) in PAGE.read_text().splitlines()


def test_the_table_has_no_other_rows():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert len(rows) == len(SAMPLES)
    assert PAGE.read_text().startswith(function_table.HEAD)
