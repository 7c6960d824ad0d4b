"""The code of convolutions' routines as written for AVX-512, AVX2 and NEON."""

import re

import pytest
from support.machine_code import innermost_loops
from support.native_convolutions import CASES, TILES, arrays, assert_right, by_tiles
from support.processors import PROCESSORS, pretended
from symgraph.backends.llvm.codegen import jit
from symgraph.backends.llvm.codegen.memoization import memoized
from symgraph.backends.llvm.codegen.optimisation_level import AS_WRITTEN
from symgraph.backends.llvm.codegen.processor import registers
from symgraph.backends.llvm.routines import registry
from symgraph.backends.llvm.routines.conv.direct import Direct
from symgraph.backends.llvm.routines.conv.modules import routine_module
from symgraph.backends.llvm.routines.conv.pooling import Pooling
from symgraph.backends.llvm.routines.conv.routine_names import name_of, spec_of
from symgraph.backends.llvm.routines.conv.winograd import Winograd

import symgraph as sg

PLAIN = ((1, 1), (1, 1), (5, 5))
# Extents of tile and kernel, tiles of a block, rows of a product's; numbers that are not known.
SMALL, ANY = (4, 3, 32, 8), (None,) * 6
ROUTINES = {
    "output": Direct("output", "float32", *PLAIN, 1, 1, 20, 24, 576, True),
    "image": Direct("image", "float32", *PLAIN, 20, 20, 50, 8, 64, True),
    "kernel": Direct("kernel", "float32", *PLAIN, 1, 1, 20, 24, 576, True),
    "tiles": Winograd("tiles", "output", "float32", *SMALL, 64, 64, 8, 1, 64, 64),
    "tiles of a kernel": Winograd("tiles", "kernel", "float32", *SMALL, 64, 64, 8, 1, 64, 64),
    "any tiles": Winograd("tiles", "image", "float32", *SMALL, *ANY),
    "any tiles of a kernel": Winograd("tiles", "kernel", "float32", *SMALL, *ANY),
}
OTHERS = [
    Direct("output", "float64", (2, 1), (1, 3), (None, 3), None, None, None, None, None, False),
    Winograd("weights", "image", "float64", 4, 5, 16, 10, 20, 50, 2, 2, None, None),
    Pooling("gradient", "float32", (3, 2), (2, 2), False),
    Pooling("gradient", "float32", (3, 2), (2, 2), False, False),
]


@pytest.fixture(params=PROCESSORS)
def processor(request):
    with pretended(PROCESSORS[request.param]):
        yield PROCESSORS[request.param]


@pytest.mark.parametrize("name", ROUTINES)
def test_products_stay_in_registers(processor, name):
    """Some loop multiplies into half of the registers at least, and has nothing on the stack."""
    text = jit.assembly(routine_module(name_of(ROUTINES[name])), name, AS_WRITTEN)
    _, count = registers(processor.host)
    found = [loop for loop in innermost_loops(text) if loop.has(processor.multiply_add)]
    busy = [loop for loop in found if 2 * _products(loop, processor) >= count]
    assert any(not loop.has(processor.stack) for loop in busy), text
    for loop in found:
        assert not loop.has(processor.calls), loop


def _products(loop, processor):
    return sum(re.search(processor.multiply_add, line) is not None for line in loop.lines)


@pytest.mark.parametrize("spec", [*ROUTINES.values(), *OTHERS])
def test_names_tell_routines(spec):
    assert spec_of(name_of(spec)) == spec
    assert registry.is_routine(name_of(spec))


@pytest.mark.skipif(not jit.host().has("avx2"), reason="the code is for AVX2")
@pytest.mark.parametrize("tiles", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_narrower_vectors(dtype, tiles, monkeypatch):
    """As AVX2 has them, on processors with wider ones too."""
    with pretended(PROCESSORS["AVX2"]), sg.config.change_flags(cache="False"):
        monkeypatch.setattr(registry, "_compiled", memoized(registry._compiled.__wrapped__))
        by_tiles(monkeypatch, tiles)
        cases = TILES if tiles else CASES
        for name in ("cut tiles", "wide pads") if tiles else ("first", "depthwise", "points"):
            assert_right(cases[name], arrays(cases[name], dtype), ulps=400 if tiles else 30)
