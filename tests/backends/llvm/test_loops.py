"""Typical kernels run on whole vectors: what LLVM makes of our loops, seen in its assembly."""

import pytest
from support.machine_code import kernels_of, vector_loops

import symgraph.tensor as T
from symgraph.graph import TensorType, Variable

CALL = r"\bcallq?\b"
SCATTERED = r"\bv?p?(gather|scatter)"
X, Y = T.fmatrix("x"), T.fmatrix("y")
V, D, N = T.fvector("v"), T.dvector("d"), T.ivector("n")
# A matrix of ten columns, as classifiers have them.
TEN = TensorType("float32", (None, 10))("ten")
WIDE = TensorType("float32", (None, 256))("wide")
I = T.lvector("i")  # noqa: E741


def chain(v: Variable) -> Variable:
    return T.exp(-T.sqr(v)) * T.tanh(v) + T.log1p(v * v)


# The inputs, the result, and an instruction that its vector loops must have between them.
KERNELS = {
    "chain": ([V], chain(V), r"vfmadd"),
    "chain in double": ([D], chain(D), r"vfmadd.*pd"),
    "integers": ([N], N * N + 3, r"vpmulld"),
    "sum": ([V], V.sum(), r"vaddps"),
    "maximum": ([V], V.max(), r"vmaxps"),
    "sum of rows": ([X], X.sum(axis=1), r"vaddps"),
    "sum over rows": ([X], X.sum(axis=0), r"vaddps"),
    "maximum of rows": ([X], X.max(axis=1), r"vmaxps"),
    "maximum over rows": ([X], X.max(axis=0), r"vmaxps|vcmp"),
    "sum of rows seen as columns": ([X], X.T.sum(axis=0), r"vaddps"),
    "sum of columns seen as rows": ([X], X.T.sum(axis=1), r"vaddps"),
    "place of the maximum of rows": ([X], X.argmax(axis=1), r"vpmins[dq]|vpcmp"),
    "place of the maximum over rows": ([X], X.argmax(axis=0), r"vcmp"),
    "softmax": ([X], T.nnet.softmax(X), r"vfmadd"),
    "softmax of wide rows": ([WIDE], T.nnet.softmax(WIDE), r"vfmadd"),
    "normalised rows": (
        [X],
        (X - X.mean(axis=1, keepdims=True)) / X.std(axis=1, keepdims=True),
        r"vsubps",
    ),
    "rows picked by indices": ([X, I], T.tanh(X[I]), r"vfmadd"),
    "indices checked": ([X, I], X[I], r"vpminsq|vpmaxsq|vpcmpgtq"),
    "transposed both": ([X, Y], (X.T + Y.T).sum(), r"vaddps"),
}


@pytest.mark.parametrize("name", KERNELS)
def test_inner_loops_run_on_whole_vectors(name):
    inputs, result, instruction = KERNELS[name]
    loops = vector_loops(inputs, result)
    assert any(loop.has(instruction) for loop in loops), "\n\n".join(map(str, loops))


@pytest.mark.parametrize("name", KERNELS)
def test_vector_loops_call_nothing_and_move_whole_vectors(name):
    inputs, result, _ = KERNELS[name]
    for loop in vector_loops(inputs, result):
        assert not loop.has(CALL), loop
        assert not loop.has(SCATTERED), loop


def test_short_rows_of_known_length_are_not_taken_one_by_one():
    """Ten columns: too few for a loop over vectors, which one masked vector takes at once."""
    (text,) = kernels_of([TEN], T.nnet.softmax(TEN)).values()
    assert text.count("vfmadd") < 40, "the row was taken apart"
    assert not any("ss" in line.split()[0] for line in _fused(text)), "exponentials one by one"


def test_a_loop_over_vectors_is_there_once():
    """LLVM would repeat the loops around it eight times, of which the code gets no faster."""
    pages = TensorType("float32", (None, None, 512))("pages")
    assert len(vector_loops([pages], T.tanh(pages[:, ::-1]))) == 1


def _fused(text: str) -> list[str]:
    return [line for line in text.split("\n") if "vfmadd" in line]
