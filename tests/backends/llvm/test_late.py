"""What only some calls need is compiled before the first of them, and not sooner."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from symgraph.backends.llvm.codegen.jit import CompilationError
from symgraph.backends.llvm.routines import registry

import symgraph as sg
import symgraph.tensor as T


def convolution(maps):
    """Of images whose extents nobody knows, with so many maps."""
    rng = np.random.default_rng(0)
    kernel = sg.shared(rng.standard_normal((maps, 24, 3, 3)).astype("float32"))
    x = T.TensorType("float32", (None, 24, None, None))("x")
    return sg.function([x], T.nnet.conv2d(x, kernel)), kernel.get_value()


def images(n, size, width=None):
    return np.random.default_rng(1).standard_normal((n, 24, size, width or size)).astype("float32")


def right(f, kernel, x):
    views = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    expected = np.einsum("ncyxij,kcij->nkyx", views, kernel[:, :, ::-1, ::-1], optimize=True)
    np.testing.assert_allclose(f(x), expected, rtol=1e-3, atol=1e-3)


def waiting(f):
    (native,) = f.executable.programs
    return {name.split(".")[1] for name in native.late.waiting}


def test_each_algorithm_is_compiled_for_the_first_call_that_takes_it():
    f, kernel = convolution(37)
    assert waiting(f) == {"direct", "winograd"}
    right(f, kernel, images(8, 58))
    assert waiting(f) == {"direct"}
    right(f, kernel, images(1, 3, 18))
    assert waiting(f) == set()
    right(f, kernel, images(8, 58))


def test_what_cannot_be_compiled_fails_before_the_call(monkeypatch):
    f, kernel = convolution(41)

    def refuses(*_):
        raise CompilationError("no code today")

    with monkeypatch.context() as broken:
        broken.setattr(registry, "object_code", refuses)
        with pytest.raises(CompilationError, match="no code today"):
            f(images(2, 10))
    right(f, kernel, images(2, 10))


def test_many_threads_ask_at_once():
    f, kernel = convolution(43)
    with ThreadPoolExecutor(8) as pool:
        for done in [
            pool.submit(right, f, kernel, images(1, 3, 5 + 13 * (n % 2))) for n in range(24)
        ]:
            done.result()
