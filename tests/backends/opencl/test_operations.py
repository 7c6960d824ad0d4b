"""Every public function on OpenCL, on its sample: many functions share a program, as drivers take
long to build one."""

import numpy as np
import pytest
from support.agreement import Variant, assert_agree, functions
from support.function_table import variables
from support.samples import SAMPLES

OPENCL = Variant("opencl", True)
# Samples whose extents may be 0 are apart, as are those of the other dtype.
EXTENTS = ((2, 3, 1, 2, 3), (3, 3, 3, 3, 3), (1, 4, 2, 5, 2), (0, 2, 0, 3, 1))
EACH = 30
NAMES = sorted(SAMPLES)
GROUPS = [NAMES[first : first + EACH] for first in range(0, len(NAMES), EACH)]


@pytest.mark.parametrize("names", GROUPS, ids=lambda names: f"{names[0]} to {names[-1]}")
def test_values(names):
    inputs, outputs = [], []
    for name in names:
        given = variables(SAMPLES[name])
        inputs += given
        outputs += SAMPLES[name].results(given)
    compiled = functions(inputs, outputs, (OPENCL,))
    for seed, extents in enumerate(EXTENTS):
        values = []
        for name in names:
            fitting = np.maximum(extents, SAMPLES[name].least)
            values += SAMPLES[name].points([int(n) for n in fitting], seed)
        truth = assert_agree(inputs, outputs, values, compiled)
        assert truth.error is None
