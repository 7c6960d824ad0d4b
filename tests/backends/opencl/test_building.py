"""Sources that are compiled together."""

import pytest
from symgraph.backends.opencl.devices import find_device
from symgraph.backends.opencl.devices.driver import cl
from symgraph.backends.opencl.errors import DeviceError


def source(name: str) -> str:
    return f"__kernel void {name}(__global int* x) {{ x[0] = 1; }}\n"


def test_what_is_missing_is_compiled_together():
    try:
        device = find_device("opencl")
    except DeviceError as error:
        pytest.skip(str(error))
    one, two, three = map(source, ("together_one", "together_two", "together_three"))
    first = device.build_all([one, two, one], "a function")
    assert first.keys() == {one, two}
    assert first[one] is first[two]
    second = device.build_all([two, three], "another function")
    assert second[two] is first[two]
    assert second[three] is not first[two]
    for text, name in ((two, "together_two"), (three, "together_three")):
        assert cl.Kernel(second[text], name).function_name == name
