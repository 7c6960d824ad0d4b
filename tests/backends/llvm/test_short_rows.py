"""Rows whose extents only running tells: short ones go by vectors that are partly masked."""

import os
import subprocess
import sys

import numpy as np
import pytest
from support.machine_code import kernels_of
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.emission.statements import short_iterations

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import FunctionGraph
from symgraph.lower import lower
from symgraph.lower.program.types import Loop
from symgraph.lower.program.walk import kernels, statements

WIDTHS = (0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100)
EXPRESSIONS = {
    "softmax": T.nnet.softmax,
    "logsumexp": lambda x: T.log(T.exp(x).sum(axis=1)),
    "sum": lambda x: T.tanh(x).sum(axis=1),
    "sum over rows": lambda x: T.tanh(x).sum(axis=0),
    "extremes": lambda x: [T.tanh(x).max(axis=1), (1 / (x + 9)).min(axis=1)],
    "broadcast": lambda x: T.exp(x + x[0]) * x[:, :1],
    "totals": lambda x: [T.exp(x[:, ::2]).sum(), T.tanh(x[:, ::2]).max()],
    "whether": lambda x: T.any(T.tanh(x) > 0.9, axis=1),
}


@pytest.fixture(scope="module", params=["float32", "float64"])
def functions(request):
    dtype = request.param
    x = T.TensorType(dtype, (None, None))("x")
    with sg.config.change_flags(mode="llvm"):
        return dtype, {
            name: (
                sg.function([x], expression(x)),
                sg.function([x], expression(x), mode="reference"),
            )
            for name, expression in EXPRESSIONS.items()
        }


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("width", WIDTHS)
def test_all_widths(functions, name, width):
    dtype, known = functions
    f, reference = known[name]
    if width == 0 and name in ("softmax", "extremes", "totals"):
        pytest.skip("nothing has no maximum")
    value = np.random.default_rng(width).normal(size=(6, width)).astype(dtype)
    found, expected = f(value), reference(value)
    if not isinstance(found, list):
        found, expected = [found], [expected]
    for one, other in zip(found, expected, strict=True):
        close = 5e-6 if dtype == "float32" else 1e-14
        # Sums of terms of either sign.
        np.testing.assert_allclose(one, other, rtol=close, atol=close)


def loops_of(x, expression):
    graph = FunctionGraph([x], [expression])
    (kernel, *_) = kernels(lower(graph, "tested", lambda node: True).program.body)
    return [s for s in statements(kernel.body) if isinstance(s, Loop)]


@pytest.mark.skipif(not host().has("avx512f"), reason="no registers with masks")
def test_which_loops_have_a_form_for_few_iterations():
    wide, narrow = T.dmatrix("x"), T.fmatrix("x")
    known = T.TensorType("float32", (None, 10))("x")
    assert [short_iterations(s) for s in loops_of(wide, T.exp(wide).sum(axis=1))] == [0, 16]
    assert [short_iterations(s) for s in loops_of(narrow, T.exp(narrow).sum(axis=1))] == [0, 32]
    # What is known, or cheap, needs none.
    assert not any(map(short_iterations, loops_of(known, T.exp(known).sum(axis=1))))
    assert not any(map(short_iterations, loops_of(narrow, (narrow * 2).sum(axis=1))))


@pytest.mark.skipif(not host().has("avx512f"), reason="no registers with masks")
def test_the_code_is_masked():
    x = T.fmatrix("x")
    (code,) = kernels_of([x], T.exp(x).sum(axis=1)).values()
    assert "{%k" in code


REMARKED = {
    "checkpoints": (
        "powers, _ = sg.scan_checkpoints(lambda p, x: p * x, outputs_info=T.ones_like(x),"
        " non_sequences=x, n_steps=n, save_every_N=3)\n"
        "print(sg.function([x, n], powers)([2.0], 7))\n",
        "[[  8.] [ 64.] [128.]]",
    ),
    "attempts": (
        "counts = sg.RandomStreams(1).multinomial((n,), 5, x)\n"
        "print(sg.function([x, n], counts.sum(axis=1))([0.2, 0.8], 3))\n",
        "[5 5 5]",
    ),
}


@pytest.mark.parametrize("name", REMARKED)
def test_loops_that_cannot_be_vectors_are_not_asked_to(name, tmp_path):
    """LLVM remarks on the terminal upon what it is asked for and cannot do."""
    lines, expected = REMARKED[name]
    program = (
        "import symgraph as sg, symgraph.tensor as T\nx, n = T.vector('x'), T.iscalar('n')\n"
        + lines
    )
    environment = {**os.environ, "SYMGRAPH_FLAGS": f"compiledir={tmp_path}"}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert run.stderr == ""
    assert run.stdout.split() == expected.split()
