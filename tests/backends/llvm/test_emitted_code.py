"""The code that is written for AVX-512, AVX2 and NEON, looked at whatever processor is at hand."""

import re

import pytest
from support.machine_code import innermost_loops, kernels_of
from support.processors import PROCESSORS, pretended
from symgraph.backends.llvm.codegen import jit
from symgraph.backends.llvm.codegen.optimisation_level import AS_WRITTEN
from symgraph.backends.llvm.codegen.processor import registers
from symgraph.backends.llvm.routines.matmul.dots import Dots
from symgraph.backends.llvm.routines.matmul.modules import routine_module
from symgraph.backends.llvm.routines.matmul.outer import Outer
from symgraph.backends.llvm.routines.matmul.routine import Sum
from symgraph.backends.llvm.routines.matmul.routine_names import name_of

import symgraph.tensor as T
from symgraph.ops.random import Draw
from symgraph.ops.random_bits import RandomBits

X, V = T.fmatrix("x"), T.fvector("v")
STATE, N = T.TensorType("uint64", (2,))("state"), T.lscalar("n")
CHAIN = T.exp(-T.sqr(V)) * T.tanh(V) + T.log1p(V * V)
# The inputs, the result, and the arithmetic that its loops do on vectors.
KERNELS = {
    "sum of two": ([V], V * V + V, r"v?f?m?add"),
    "chain": ([V], CHAIN, None),
    "chain and its sum": ([V], CHAIN.sum(), None),
    "sum": ([V], V.sum(), r"v?f?add"),
    "sum of rows": ([X], X.sum(axis=1), r"v?f?add"),
    "sum over rows": ([X], X.sum(axis=0), r"v?f?add"),
    "running sum": ([V], T.cumsum(V), r"v?f?add"),
    "place of the largest": ([X], X.argmax(axis=1), r"max|cmp|fcm|cmgt|bif|bit|bsl"),
    "places of the largest": ([X], X.argmax(axis=0), r"max|cmp|fcm|cmgt|bif|bit|bsl"),
    "maximum": ([V], V.max(), r"max|cmp|fcm|cmgt|bif|bit|bsl"),
    "softmax": ([X], T.nnet.softmax(X), None),
    "random words": ([STATE, N], RandomBits(32)(STATE[0], STATE[1], N), r"pmuludq|umull"),
    "normal numbers": ([STATE, N], Draw("normal", "float32")(STATE, N)[1], None),
}
# Products of a 256 x 784 matrix with one of many columns, of ten, and of dot products.
ROUTINES = {
    "rows": Outer("float32", Sum(), None, 512, None, 1, False, False, False),
    "updates": Outer("float32", Sum(True, False, True), 784, None, 1, None, True, False, False),
    "dots": Dots("float32", Sum(), None, 10, True, True),
}


@pytest.fixture(params=PROCESSORS)
def processor(request):
    chosen = PROCESSORS[request.param]
    with pretended(chosen):
        yield chosen


@pytest.mark.parametrize("name", KERNELS)
def test_loops_run_on_whole_vectors(processor, name):
    inputs, result, arithmetic = KERNELS[name]
    loops = [
        loop
        for text in kernels_of(inputs, result).values()
        for loop in innermost_loops(text)
        # Around loops that draw is one that asks for the words of so many turns.
        if loop.has(processor.vectors) and not loop.has(r"random_words")
    ]
    wanted = arithmetic or processor.multiply_add
    assert any(loop.has(wanted) for loop in loops), "\n\n".join(map(str, loops))
    for loop in loops:
        assert not loop.has(processor.calls), loop


@pytest.mark.parametrize("name", KERNELS)
def test_no_vector_is_wider_than_the_processor_has(processor, name):
    inputs, result, _ = KERNELS[name]
    text = "".join(kernels_of(inputs, result).values())
    wider = {64: r"$^", 32: r"%zmm", 16: r"%[yz]mm"}[registers(processor.host)[0]]
    assert not re.search(wider, text)


@pytest.mark.parametrize("name", ROUTINES)
def test_sums_of_products_stay_in_registers(processor, name):
    """The loop with the most multiply-adds keeps all of its sums, and nothing is on the stack."""
    text = jit.assembly(routine_module(name_of(ROUTINES[name])), effort=AS_WRITTEN)
    loops = list(innermost_loops(text))
    most = max(loops, key=lambda loop: sum(_adds(line, processor) for line in loop.lines))
    adds = [line for line in most.lines if _adds(line, processor)]
    _, count = registers(processor.host)
    assert len(adds) >= count // 2, most
    assert not most.has(processor.stack), most


def _adds(line, processor):
    return re.search(processor.multiply_add, line) is not None
