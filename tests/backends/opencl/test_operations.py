"""Every public function on OpenCL, on its sample: many functions share a program, as drivers take
long to build one. A third of them unless the profile is another than the quick one; all run on the
device that Oclgrind simulates."""

import numpy as np
import pytest
from hypothesis import settings
from support import oclgrind
from support.agreement import TRUTH, Variant, assert_same_results, call, functions
from support.function_table import variables
from support.samples import SAMPLES

OPENCL = Variant("opencl", True)
# Extents of the letters of a sample; some may be 0.
EXTENTS = ((2, 3, 1, 2, 3), (3, 3, 3, 3, 3), (1, 4, 2, 5, 2), (0, 2, 0, 3, 1))
EACH = 20
NAMES = sorted(SAMPLES)
GROUPS = [NAMES[first : first + EACH] for first in range(0, len(NAMES), EACH)]
ALL = (
    oclgrind.LOG is not None
    or settings.default.max_examples > settings.get_profile("quick").max_examples
)


@pytest.mark.parametrize("names", GROUPS, ids=lambda names: f"{names[0]} to {names[-1]}")
def test_values(names):
    chosen = names if ALL else names[::3]
    given = {name: variables(SAMPLES[name]) for name in chosen}
    results = {name: SAMPLES[name].results(given[name]) for name in chosen}
    inputs = [x for name in chosen for x in given[name]]
    outputs = [y for name in chosen for y in results[name]]
    compiled = functions(inputs, outputs, (OPENCL,))
    for seed, extents in enumerate(EXTENTS):
        values = {}
        for name in chosen:
            fitting = [int(n) for n in np.maximum(extents, SAMPLES[name].least)]
            values[name] = SAMPLES[name].points(fitting, seed)
        every = [value for name in chosen for value in values[name]]
        found = {variant: iter(call(f, every).results) for variant, f in compiled.items()}
        for name in chosen:
            expected, computed = (
                [next(found[variant]) for _ in results[name]] for variant in (TRUTH, OPENCL)
            )
            assert_same_results(given[name], results[name], values[name], expected, computed, name)
