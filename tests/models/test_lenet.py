"""LeNet in three forms: what its layers compute, its sizes, its protocol, its file, the digits."""

import numpy as np
import pytest
from scipy.signal import correlate
from sklearn.utils.estimator_checks import parametrize_with_checks
from symgraph.models import LeNet, load
from symgraph.models.convolutional import Conv2D, Radial, Subsampling
from symgraph.models.convolutional.lenet_forms import SQUASH, TABLE
from symgraph.models.datasets import load_digits
from symgraph.models.errors import ParameterError
from symgraph.models.parts.activations import activation_named

import symgraph.tensor as T

FORMS = ("tutorial", "book", "original")
SMALL = {
    "tutorial": {"maps": (3, 4), "n_hidden": 8},
    "book": {"form": "book", "maps": (2, 3, 6), "n_hidden": 5, "dropout": 0.2},
    "original": {"form": "original", "n_hidden": 9},
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def convolved(x, W):
    """Maps that see others through windows that are not turned around, one by one."""
    return np.stack(
        [
            [sum(correlate(m, w, "valid") for m, w in zip(maps, ws, strict=True)) for ws in W]
            for maps in x
        ]
    )


def drawn(layer, rng):
    for p in layer.params:
        p.set_value(rng.normal(size=p.get_value().shape))
    return [p.get_value() for p in layer.params]


@pytest.mark.parametrize("positions", [None, (4, 3)])
def test_a_layer_of_maps_is_its_formula(positions, rng):
    layer = Conv2D(2, 3, (3, 4), "tanh", positions=positions, rng=rng, dtype="float64")
    W, b = drawn(layer, rng)
    x = rng.normal(size=(5, 2, 6, 6))
    bias = b[:, None, None] if positions is None else b
    found = layer(T.constant(x)).eval()
    np.testing.assert_allclose(found, np.tanh(convolved(x, W) + bias), rtol=1e-9, atol=1e-12)


def test_maps_that_are_not_looked_at_count_for_nothing(rng):
    connections = np.array([[True, False], [True, True], [False, True]])
    layer = Conv2D(2, 3, (2, 2), rng=rng, connections=connections, dtype="float64")
    W, b = drawn(layer, rng)
    x = rng.normal(size=(4, 2, 5, 5))
    expected = convolved(x, W * connections[:, :, None, None]) + b[:, None, None]
    np.testing.assert_allclose(layer(T.constant(x)).eval(), expected, rtol=1e-9, atol=1e-12)
    slope = T.grad(T.sum(T.sqr(layer(T.constant(x)))), layer.W).eval()
    np.testing.assert_array_equal(slope.any(axis=(2, 3)), connections)
    with pytest.raises(ValueError, match=r"connections must be \(3, 2\), each map with one"):
        Conv2D(2, 3, (2, 2), rng=rng, connections=connections.T)


def test_subsampling_weighs_sums_of_four(rng):
    layer = Subsampling(2, activation_named("sigmoid"), rng=rng, dtype="float64")
    w, b = drawn(layer, rng)
    x = rng.normal(size=(3, 2, 5, 4))
    sums = x[:, :, :4].reshape(3, 2, 2, 2, 2, 2).sum(axis=(3, 5))
    expected = 1 / (1 + np.exp(-(w[:, None, None] * sums + b[:, None, None])))
    np.testing.assert_allclose(layer(T.constant(x)).eval(), expected, rtol=1e-10)


def test_radial_units_measure_distances(rng):
    centres, x = rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    found = Radial(centres, "float64")(T.constant(x)).eval()
    np.testing.assert_allclose(found, ((x[:, None] - centres) ** 2).sum(axis=2), rtol=1e-10)


def test_the_squashing_function_keeps_one_and_minus_one():
    x = np.array([-1.0, 0.0, 1.0])
    np.testing.assert_allclose(SQUASH(T.constant(x)).eval(), x, atol=1e-4)


def test_the_table_is_that_of_the_paper():
    assert TABLE.shape == (16, 6)
    assert TABLE.sum(axis=1).tolist() == [3] * 6 + [4] * 9 + [6]
    assert TABLE.sum(axis=0).tolist() == [10] * 6
    assert TABLE.sum() * 25 + 16 == 1516


def sizes(form):
    model = LeNet(form, random_state=0).build(784, range(10))
    return {p.name: p.get_value().size for p in model.parameters}


def test_sizes_are_those_of_the_catalogues():
    assert sum(sizes("tutorial").values()) == 520 + 25050 + 400500 + 5010
    book = sizes("book")
    assert sum(book.values()) == 67988
    assert (book["conv1.b"], book["conv2.b"], book["conv3.b"]) == (28 * 28 * 6, 1600, 120)
    found = sizes("original")
    unused = (TABLE.size - TABLE.sum()) * 25
    layers = [sum(n for name, n in found.items() if name.startswith(c)) for c in
              ("c1", "s2", "c3", "s4", "c5", "f6")]  # fmt: skip
    assert layers == [156, 12, 1516 + unused, 32, 48120, 10164]
    assert sum(layers) - unused == 60000


def test_the_original_costs_what_the_paper_says(rng):
    """E = y_D + log(e^-20 + Σ e^-y_i): far from all classes it costs no more to be farther."""
    model = LeNet("original", random_state=0, dtype="float64").build(784, range(10))
    X, y = rng.uniform(size=(6, 784)), rng.integers(0, 10, 6)
    p = model.predict_proba(X)
    x, target = model.inputs
    # Relative distances are known from the probabilities; one of them, absolute, from the cost.
    distance = -model._built.network.inner["scores"].eval({x: X})
    expected = distance[np.arange(6), y] + np.log(np.exp(-20) + np.exp(-distance).sum(axis=1))
    assert model.cost.eval({x: X, target: y}) == pytest.approx(expected.mean(), rel=1e-9)
    softmax = np.exp(-distance) / np.exp(-distance).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(p, softmax, rtol=1e-9)


class Wide(LeNet):
    """Takes few features, which scikit-learn's checks give: each a bar of a picture."""

    def _shape(self, n_features):
        return 1, 16, 16

    def _looking(self, x, picture, rng, streams):
        width = -(-256 // self.n_features_in_)
        return super()._looking(T.repeat(x, width, axis=1)[:, :256], picture, rng, streams)


SETTINGS = {"optimizer": "adam", "max_iter": 5, "batch_size": 100, "early_stopping": False}


@parametrize_with_checks(
    [
        Wide(maps=(2, 3), n_hidden=8, learning_rate=0.1, mode="reference").set_params(
            random_state=0, **SETTINGS
        )
    ]
)
def test_protocol(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    return data.train.x[:300], data.train.y[:300], data.test


@pytest.mark.parametrize("form", FORMS)
def test_a_saved_model_goes_on_as_if_it_had_never_stopped(form, digits, tmp_path):
    X, y, _ = digits
    settings = {"batch_size": 50, "early_stopping": False, "random_state": 3, "dtype": "float32"}
    settings |= {**SMALL[form], "optimizer": "momentum", "learning_rate": 0.001}
    whole = LeNet(max_iter=3, **settings).fit(X, y)
    LeNet(max_iter=1, **settings).fit(X, y).save(tmp_path / "lenet.safetensors")
    resumed = load(tmp_path / "lenet.safetensors")
    resumed.resume(X, y, 3)
    assert resumed.history_.cost == whole.history_.cost
    for p, q in zip(whole.parameters, resumed.parameters, strict=True):
        np.testing.assert_array_equal(p.get_value(), q.get_value())
    np.testing.assert_array_equal(whole.predict_proba(X), resumed.predict_proba(X))


@pytest.mark.parametrize("form", FORMS)
def test_both_ways_to_compile_learn_alike(form, digits):
    X, y, _ = digits
    settings = {"batch_size": 50, "early_stopping": False, "random_state": 3, "dtype": "float64"}
    settings |= {**SMALL[form], "learning_rate": 0.003, "max_iter": 2}
    found = [LeNet(mode=mode, **settings).fit(X, y) for mode in ("llvm", "reference")]
    for p, q in zip(*(model.parameters for model in found), strict=True):
        np.testing.assert_allclose(p.get_value(), q.get_value(), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(
    ("form", "settings"),
    [
        ("tutorial", {"learning_rate": 0.1}),
        ("book", {"learning_rate": 0.002, "optimizer": "adam", "dropout": 0.2}),
        ("original", {"learning_rate": 0.002, "optimizer": "adam"}),
    ],
)
def test_it_reads_digits(form, settings):
    """Three epochs of 1,500 digits; the whole run is `symgraph train lenet`."""
    data = load_digits()
    model = LeNet(form, batch_size=25, max_iter=3, early_stopping=False, **settings)
    model.set_params(random_state=0, dtype="float32")
    model.fit(data.train.x[:1500], data.train.y[:1500])
    assert model.score(data.test.x, data.test.y) > 0.8


def test_what_maps_answer_can_be_looked_at(digits):
    X, _, _ = digits
    model = LeNet(maps=(3, 4), random_state=0, dtype="float64").build(784, range(10))
    W, b = (p.get_value() for p in model.parameters[:2])
    answer = convolved(X[:2].reshape(2, 1, 28, 28).astype("float64"), W)
    largest = answer.reshape(2, 3, 12, 2, 12, 2).max(axis=(3, 5))
    expected = np.tanh(largest + b[:, None, None])
    np.testing.assert_allclose(model.feature_maps(X[:2], 1), expected, rtol=1e-9, atol=1e-12)
    assert model.feature_maps(X[:2], 2).shape == (2, 4, 4, 4)
    with pytest.raises(ParameterError, match="layer must be 1 or 2, not 3"):
        model.feature_maps(X, 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"form": "modern"}, "no form is called 'modern'; there are tutorial, book, original"),
        ({"maps": (3,)}, r"maps of the form tutorial must be 2 numbers, not \(3,\)"),
        ({"maps": (3, 0)}, "maps must be an integer from 1, not 0"),
        ({"form": "original", "maps": (1, 2, 3)}, "maps of the original form are 6, 16 and 120"),
        ({"n_hidden": 0}, "n_hidden must be an integer from 1, not 0"),
        ({"dropout": 0.5}, "0 but for the form 'book', not 0.5"),
        ({"form": "book", "dropout": 1.0}, "dropout must be below 1"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings, message):
    with pytest.raises(ParameterError, match=message):
        LeNet(**settings).build(784, range(10))


def test_pictures_are_squares():
    for n in (101, 200, 785):
        with pytest.raises(ParameterError, match=f"{n} features are no square picture"):
            LeNet().build(n, range(10))
