"""Each room of the package works in a process that has only what the room may import."""

import subprocess
import sys

import pytest
from support.rooms import BACKENDS, LANGUAGE, reached

import symgraph

# Runs before each program: the package without its public face, and with some rooms only.
PRELUDE = """
import importlib, importlib.abc, pkgutil, sys, types

class Others(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        room = name.removeprefix("symgraph.")
        if room == name or any(f"{room}.".startswith(f"{p}.") for p in PRESENT):
            return None
        if any(p.startswith(f"{room}.") for p in PRESENT):
            return None
        raise ImportError(f"{name} is not present")

sys.meta_path.insert(0, Others())
if "" not in PRESENT:
    sys.modules["symgraph"] = package = types.ModuleType("symgraph")
    package.__path__ = PATH
room = importlib.import_module(f"symgraph.{ROOM}")
for module in pkgutil.walk_packages(getattr(room, "__path__", []), f"{room.__name__}."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""
VARIABLES = """
from symgraph.graph import FunctionGraph, TensorType
x, y = (TensorType("float64", (None, None))(name) for name in "xy")
"""
PROGRAMS = {
    "graph": """
from symgraph.graph import Op, toposort

class Add(Op):
    def output_types(self, a, b):
        return [a.type]

z = Add()(x, y)
graph = FunctionGraph([x, y], [z])
assert [node.op for node in graph.toposort()] == [Add()] and z.ndim == 2
""",
    "ops": """
from symgraph.ops import Softmax, as_tensor
node = Softmax(1)(x * 2 - y).owner
(expanded,) = node.op.expand(node)
assert expanded.type.dtype == "float64" and "exp" in str(expanded.owner.inputs)
assert as_tensor([x, 1 - abs(y)]).type.ndim == 3
""",
    "debug": """
from symgraph.debug import pprint, to_svg
assert pprint(x * 2 + y) and to_svg(-x).startswith("<svg")
""",
    "rewrite": """
from symgraph.rewrite import rewrite_graph
graph = FunctionGraph([x], [-(x + 0) * 1])
rewrite_graph(graph)
assert [str(node.op) for node in graph.toposort()] == ["neg"]
""",
    "lower": """
from symgraph.lower import lower
from symgraph.lower.program.types import Kernel
from symgraph.ops import Reduce, Softmax
total = Reduce("sum", (0, 1))(Softmax(1)(x) * y + 1)
lowered = lower(FunctionGraph([x, y], [total]), "f", supports=lambda node: True)
assert any(isinstance(statement, Kernel) for statement in lowered.program.body)
""",
    "compile": """
from symgraph.compile import function
compiled = function([x, y], x * y - 1, mode="reference")
assert compiled([[2.0]], [[3.0]]) == [[5.0]]
""",
    "gradient": """
from symgraph.compile import function
from symgraph.gradient import grad
from symgraph.ops import Reduce
slope = grad(Reduce("sum", (0, 1))(x * x * y), x)
assert function([x, y], slope, mode="reference")([[2.0]], [[3.0]]) == [[12.0]]
""",
    "loops": """
from symgraph.compile import function
from symgraph.loops import scan
z = TensorType("float64", (None,))("z")
rows, updates = scan(lambda row, total: row + total, sequences=x, outputs_info=z)
assert (function([x, z], rows, mode="reference")([[1.0], [2.0]], [3.0]) == [[4.0], [6.0]]).all()
""",
    "tensor": """
import symgraph.tensor as T
from symgraph.compile import function
z = T.grad(T.dot(x, y)[0].sum(), x)
assert (function([x, y], z, mode="reference")([[2.0, 1.0]], [[3.0], [4.0]]) == [[3.0, 4.0]]).all()
""",
    "typed_list": """
from symgraph.typed_list import length, make_list
assert length(make_list([x, y])).type.dtype == "int64"
""",
    "backends.reference": """
import numpy as np
from symgraph.backends.reference import ReferenceBackend
run = ReferenceBackend().compile(FunctionGraph([x, y], [x * y - 1]), "f")
assert run([np.full((1, 1), 2.0), np.full((1, 1), 3.0)])[0] == 5
""",
    "backends.llvm": """
import numpy as np
from symgraph.backends.llvm import LLVMBackend
run = LLVMBackend().compile(FunctionGraph([x, y], [x * y - 1]), "f")
assert run([np.full((1, 1), 2.0), np.full((1, 1), 3.0)])[0] == 5
""",
    "models": """
import numpy as np
from symgraph.models import LinearRegression
data = np.arange(20.0).reshape(10, 2)
model = LinearRegression(progress=False).fit(data, data.sum(1))
assert model.predict(data).shape == (10,)
""",
}
TABLE = LANGUAGE | BACKENDS | {"models": {"", "backends.llvm"}}
# What runs compiled functions there.
RUNNING = {"compile", "loops", "gradient", "tensor"}


@pytest.mark.parametrize("room", PROGRAMS)
def test_a_room_works_where_only_those_are_that_it_may_import(room):
    present = reached(TABLE, room) | ({"backends.reference"} if room in RUNNING else set())
    given = f"ROOM, PRESENT, PATH = {room!r}, {present!r}, {list(symgraph.__path__)!r}"
    shared = VARIABLES if room != "models" else ""
    program = "\n".join([given, PRELUDE, shared, PROGRAMS[room]])
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


def test_every_room_of_the_language_is_tried():
    assert LANGUAGE.keys() - PROGRAMS.keys() == {"", "compat"}
