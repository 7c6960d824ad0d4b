"""Settings are declared once: constructors, checks, documentation and options come from them."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import symgraph.models as models
from sklearn.base import clone
from symgraph.models.catalogue import MODELS, descriptions, estimator_class, specs
from symgraph.models.errors import ParameterError
from symgraph.models.estimators.ranges import (
    FLAG,
    Described,
    Fraction,
    Integer,
    LayerSizes,
    OneOf,
    Real,
)
from symgraph.models.estimators.settings import Option, setting, settings, settings_of

ESTIMATORS = [estimator_class(name) for name in MODELS]


@settings
class Base:
    """Hold what all have."""

    rate: float | None = setting("step size", Real(), default=0.1, of_training=True)
    decay: float = setting("of the rate", Real(below=1.0), default=0.0, init=False)


@settings
class Derived(Base):
    """Hold more."""

    n_hidden: int = setting("units", Integer(), default=5, option=Option("--hidden"))
    rate: float = 0.2
    kind: ClassVar[str] = "no setting"


class TestDeclaring:
    def test_own_settings_come_before_inherited_ones(self):
        signature = inspect.signature(Derived)
        assert [(p.name, p.default, p.annotation) for p in signature.parameters.values()] == [
            ("n_hidden", 5, int),
            ("rate", 0.2, float),
        ]
        assert Derived.__init__.__qualname__ == "Derived.__init__"
        assert list(inspect.signature(Base).parameters) == ["rate"]

    def test_a_setting_that_is_not_accepted_keeps_its_value(self):
        assert Derived(7).decay == 0.0
        with pytest.raises(TypeError, match="unexpected keyword argument 'decay'"):
            Derived(decay=0.5)

        @settings
        class Decaying(Derived):
            """Decay."""

            decay: float = 0.5

        assert list(settings_of(Decaying)) == ["n_hidden", "rate", "decay"]
        assert Decaying(decay=0.25).decay == 0.25

    def test_the_first_are_named_where_the_order_is_another(self):
        @settings
        class Ordered(Derived):
            """Have the rate first."""

            _first: ClassVar = ("rate",)

        assert list(inspect.signature(Ordered).parameters) == ["rate", "n_hidden"]

    def test_the_nearest_declaration_wins_where_several_bases_have_one(self):
        @settings
        class Other(Base):
            """Have another rate."""

            rate: float = 0.3

        @settings
        class Both(Other, Derived):
            """Inherit from two."""

        assert Both().rate == 0.3
        assert list(inspect.signature(Both).parameters) == ["n_hidden", "rate"]

    def test_what_is_no_setting_is_refused(self):
        with pytest.raises(TypeError, match=r"Wrong\.units is declared by no setting\("):

            @settings
            class Wrong(Base):
                """Declare nothing."""

                units: int = 3

        with pytest.raises(TypeError, match=r"Empty\.rate is declared by no setting\("):

            @settings
            class Empty(Base):
                """Have no default."""

                rate: float

    def test_the_documentation_lists_them(self):
        assert Derived.__doc__.splitlines() == [
            "Hold more.",
            "",
            "Settings:",
            "",
            "    n_hidden: int = 5. Units; whole, from 1.",
            "    rate: float = 0.2. Step size; from 0.",
        ]

    def test_none_is_allowed_where_the_type_says_so(self):
        settings_of(Base)["rate"].check(None)
        with pytest.raises(ParameterError, match="rate must be a finite number from 0, not None"):
            settings_of(Derived)["rate"].check(None)

    def test_type_checkers_are_told(self):
        told = settings.__dataclass_transform__
        assert told["kw_only_default"]
        assert told["field_specifiers"] == (setting,)


@pytest.mark.parametrize(
    ("allowed", "value", "message"),
    [
        (Integer(0), -1, "s must be an integer from 0, not -1"),
        (Integer(), True, "s must be an integer from 1, not True"),
        (Real(), np.inf, "s must be a finite number from 0, not inf"),
        (Real(below=1.0), 1, "s must be below 1, not 1"),
        (Fraction(), 0.0, "s must lie between 0 and 1, not 0.0"),
        (OneOf("letter", "ab"), "c", "no letter is called 'c'; there are a, b"),
        (OneOf("animal", ["ant", "bee"]), "bea", "are ant, bee; did you mean 'bee'?"),
        (LayerSizes(empty=True), (3, 2.5), r"s must be integers from 1, not \(3, 2.5\)"),
        (LayerSizes(empty=False), (), "s must name at least one layer"),
        (LayerSizes(empty=False), (3, 0), "s must be an integer from 1, not 0"),
    ],
)
def test_a_range_names_what_lies_outside(allowed, value, message):
    with pytest.raises(ParameterError, match=message.replace("?", r"\?")):
        allowed.check("s", value)


@pytest.mark.parametrize(
    ("allowed", "values", "text"),
    [
        (Integer(0), [0, np.int64(3), 4.0], "whole, from 0"),
        (Real(-np.inf), [-3.5, np.float32(1)], "any finite number"),
        (Real(0.5, below=1.0), [0.5, 0.75], "from 0.5 to below 1"),
        (Fraction(), [0.5], "between 0 and 1"),
        (OneOf("letter", "ab", int), ["a", 7], "one of a, b"),
        (LayerSizes(empty=True), [(), 3, [1, 2], np.array([4])], "integers from 1"),
        (FLAG, [True, False], "True or False"),
    ],
)
def test_a_range_allows_what_lies_in_it_and_says_what_it_is(allowed, values, text):
    for value in values:
        allowed.check("s", value)
    assert str(allowed) == text


@pytest.mark.parametrize("Model", ESTIMATORS)
class TestModels:
    def test_every_setting_is_documented_and_its_default_in_range(self, Model):
        for name, found in settings_of(Model).items():
            found.check(found.default)
            assert found.text, name
            assert f"    {name}: " in Model.__doc__

    def test_none_is_refused_where_it_is_not_the_default(self, Model):
        for found in settings_of(Model).values():
            if found.default is None or isinstance(found.range, Described):
                continue
            with pytest.raises(ParameterError):
                found.check(None)

    def test_settings_are_stored_untouched_and_cloned(self, Model):
        given = {name: object() for name in settings_of(Model)}
        model = Model(**given)
        assert model.get_params(deep=False) == given
        assert all(getattr(model, name) is value for name, value in given.items())
        assert clone(Model()).get_params() == Model().get_params()

    def test_the_constructor_is_the_one_that_scikit_learn_reads(self, Model):
        assert sorted(settings_of(Model)) == Model._get_param_names()
        assert all(
            parameter.annotation is settings_of(Model)[name].type
            for name, parameter in inspect.signature(Model).parameters.items()
        )


def test_the_constructors_take_by_position_what_they_took():
    def first(Model, count):
        return list(inspect.signature(Model).parameters)[:count]

    assert first(models.MLPClassifier, 3) == ["hidden_layer_sizes", "activation", "learning_rate"]
    assert first(models.LogisticRegression, 3) == ["learning_rate", "batch_size", "max_iter"]
    assert first(models.RBM, 5) == ["n_hidden", "learning_rate", "batch_size", "max_iter", "k"]
    assert first(models.LeNet, 4) == ["form", "maps", "n_hidden", "dropout"]


class TestTheList:
    def test_the_models_of_the_command_line_are_of_the_list(self):
        assert {spec.estimator.__name__ for spec in specs().values()} <= set(MODELS)
        for name, spec in specs().items():
            assert spec.name == name
            for setting_name, value in spec.settings.items():
                settings_of(spec.estimator)[setting_name].check(value)

    def test_descriptions_are_those_that_the_models_declare(self):
        declared = [(spec.name, spec.summary, spec.source) for spec in specs().values()]
        assert descriptions() == declared

    def test_descriptions_import_no_model(self):
        program = (
            "import sys; from symgraph.models.catalogue import descriptions; descriptions();"
            "print([m for m in sys.modules if m.startswith(('sklearn', 'symgraph.models.'))])"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert done.stdout == "['symgraph.models.catalogue']\n", done.stderr

    def test_no_other_class_is_found_by_name(self):
        with pytest.raises(KeyError):
            estimator_class("os")

    def test_a_module_declares_each_name_once(self, monkeypatch):
        monkeypatch.setitem(MODELS, "Again", "symgraph.models.linear.linear_regression")
        with pytest.raises(ValueError, match="two models are called 'linear'"):
            specs.__wrapped__()

    def test_type_checkers_are_told_where_names_are(self):
        """The imports that only they read agree with the list."""
        tree = ast.parse(Path(models.__file__).read_text())
        block = next(node for node in tree.body if isinstance(node, ast.If))
        told = {
            alias.name: f".{statement.module}"
            for statement in block.body
            for alias in statement.names
        }
        modules = dict.fromkeys(models._MODULES, ".parts")
        assert told.items() <= (models._HOMES | modules).items()
        assert set(models._PARTS) <= set(told)
