"""The names of Theano's modules: each is there, or says why not and what to use."""

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symgraph as sg
import symgraph.compat.theano as room
import symgraph.tensor as T
from symgraph.compat.theano.absent import ABSENT_MODULES, reason_for
from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.lookup import PRIVATE, listed
from symgraph.compat.theano.name_table import found_and_missing, name_table
from symgraph.compat.theano.public_names import public_modules, public_names

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
    if name.removeprefix(f"{room.__name__}.") not in PRIVATE
]
# The modules that programs import.
PROMISED = [
    "tensor", "tensor.nnet", "tensor.nnet.abstract_conv", "tensor.nnet.bn",
    "tensor.nnet.neighbours", "tensor.signal.pool", "tensor.signal.downsample",
    "tensor.shared_randomstreams", "tensor.raw_random", "tensor.extra_ops", "tensor.slinalg",
    "tensor.nlinalg", "tensor.fft", "tensor.inplace", "tensor.opt", "tensor.sort",
    "tensor.subtensor", "tensor.basic", "tensor.type", "tensor.var", "sandbox.rng_mrg", "sparse",
    "typed_list", "ifelse", "gradient", "gof", "gof.graph", "compile", "compile.sharedvalue",
    "compile.builders", "compile.nanguardmode", "compile.debugmode", "printing", "misc.pkl_utils",
    "scan_module", "configparser", "tests.unittest_tools",
]  # fmt: skip


@pytest.mark.parametrize("name", PROMISED)
def test_the_modules_that_programs_import_are_there(name):
    assert importlib.import_module(f"{room.__name__}.{name}")


@pytest.mark.parametrize("name", MODULES)
def test_each_module_stands_for_one_of_theanos_and_imports_by_itself(name):
    module = importlib.import_module(name)
    assert "theano" in module.__doc__.lower()
    for public in listed(name):
        assert getattr(module, public) is not None or public in ("name",)


def test_most_public_names_of_theano_are_there():
    wanted = set(public_names("theano.tensor.nnet")) | set(
        public_names("theano.tensor.signal.pool")
    )
    assert "conv2d" in wanted and "pool_2d" in wanted
    assert {"theano.tensor", "theano.gof.graph"} <= set(public_modules())


def test_the_page_of_names_is_current():
    page = Path(__file__).parents[2] / "docs" / "theano-names.md"
    assert page.read_text("utf-8") == name_table(), (
        "run: python -m symgraph.compat.theano.name_table > docs/theano-names.md"
    )


def test_every_missing_name_has_a_reason():
    for module in public_modules():
        for name in found_and_missing(module)[1]:
            reason = reason_for(module, name)
            assert len(reason) > 20 and "no such name" not in reason, (module, name)


def test_what_is_only_re_exported_is_the_object_of_symgraph():
    basic = importlib.import_module(f"{room.__name__}.tensor")
    assert basic.tensordot is T.tensordot
    assert importlib.import_module(f"{room.__name__}.tensor.extra_ops").repeat is T.repeat


def test_an_unknown_name_says_so_however_it_is_asked_for():
    tensor = importlib.import_module(f"{room.__name__}.tensor")
    assert not hasattr(tensor, "no_such_name")
    with pytest.raises(AttributeError, match="theano.tensor.no_such_name: there is no such name"):
        tensor.no_such_name  # noqa: B018
    with pytest.raises(ImportError, match="theano.tensor.no_such_name: there is no such name"):
        exec("from symgraph.compat.theano.tensor import no_such_name")


def in_a_process(code):
    start = "from symgraph.compat.theano import install\ninstall()\n"
    done = subprocess.run(
        [sys.executable, "-c", start + code], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ABSENT_MODULES)
def test_an_absent_module_says_why(name):
    told = in_a_process(
        f"try:\n    import {name}.basic_ops\nexcept ImportError as error:\n    print(error)\n"
    )
    assert told.startswith(f"{name}") and ABSENT_MODULES[name] in told


def test_modules_are_one_object_under_both_names_and_functions_hide_them():
    told = in_a_process(
        "import sys, theano.compile.function, theano.tensor.sort, theano.tensor.nnet\n"
        "import symgraph.compat.theano.tensor.nnet as ours\n"
        "print(sys.modules['theano.tensor.nnet'] is ours is theano.tensor.nnet)\n"
        "print(callable(theano.compile.function), callable(theano.tensor.sort))\n"
        "print(ours.__spec__.name, theano.tensor.nnet.__name__)\n"
    )
    assert told.splitlines() == [
        "True",
        "True True",
        "symgraph.compat.theano.tensor.nnet symgraph.compat.theano.tensor.nnet",
    ]


@pytest.mark.parametrize("name", [m for m in MODULES if not m.endswith("__main__")])
def test_the_examples_of_the_modules_run(name):
    module = importlib.import_module(name)
    names = {"sg": sg, "T": T, "np": np}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, extraglobs=names):
        if "install" not in test.docstring:
            runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_equal_classes_of_nodes_have_one_hash():
    classes = [*CLASSES.values(), *{cls.native for cls in CLASSES.values()}]
    equal = [(a, b) for a in classes for b in classes if a is not b and a == b]
    assert (CLASSES["Cholesky"], CLASSES["Cholesky"].native) in equal
    assert all(hash(a) == hash(b) for a, b in equal)


def test_what_an_object_applies_does_not_depend_on_what_else_is_imported():
    solve = "from symgraph.compat.theano.gof.node_classes import CLASSES; CLASSES['Solve']()"
    in_a_process(f"{solve}([[2.0]], [4.0])")
