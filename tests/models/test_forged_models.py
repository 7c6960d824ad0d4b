"""Whatever a model's file says with a right checksum: a model, or the one error."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from symgraph.models import RBM, CharRNN, LogisticRegression, MLPClassifier, load
from symgraph.models.errors import ModelFileError
from symgraph.models.estimators.persistence import checksum


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The description and tensors of a small trained model, and a folder."""
    folder = tmp_path_factory.mktemp("forged")
    X = np.random.default_rng(0).normal(size=(40, 3))
    model = LogisticRegression(max_iter=2, random_state=0, optimizer="adam", early_stopping=True)
    model.fit(X, X[:, 0] > 0)
    return _described(model, folder)


def _described(model, folder):
    path = folder / "sound.safetensors"
    model.save(path)
    with safe_open(path, framework="numpy") as file:
        text = file.metadata()["symgraph"]
    return text, load_file(path), folder


def forged(saved, change=lambda document: None, tensors=None, text=None):
    before, sound, folder = saved
    if text is None:
        document = json.loads(before)
        change(document)
        text = json.dumps(document)
    tensors = sound if tensors is None else tensors
    path = folder / "forged.safetensors"
    save_file(tensors, path, metadata={"symgraph": text, "sha256": checksum(text, tensors)})
    return path


CHANGES = {
    "steps that no integer holds": lambda d: d["training"].update(steps=10**400),
    "a negative seed": lambda d: d["training"].update(seed=-1),
    "a setting that no float holds": lambda d: d["settings"].update(max_iter=10**400),
    "a setting of another type": lambda d: d["settings"].update(learning_rate=[[1]]),
    "a back end that is a list": lambda d: d["settings"].update(mode=[]),
    "an unknown back end": lambda d: d["settings"].update(mode="luck"),
    "an unknown optimiser": lambda d: d["settings"].update(optimizer="luck"),
    "a history of unlike lengths": lambda d: d["training"]["history"]["cost"].append(1.0),
    "a history of text": lambda d: d["training"]["history"].update(cost=["a", "b"]),
    "a best epoch to come": lambda d: d["training"]["history"].update(best_epoch=99),
    "an end of no kind": lambda d: d["training"]["history"].update(stopped_by=[]),
    "a generator of no kind": lambda d: d["training"].update(rng={"bit_generator": "MT"}),
    "a generator out of range": lambda d: d["training"]["rng"]["state"].update(state=-(10**60)),
    "a rule of no kind": lambda d: d["training"].update(rule={"kind": []}),
    "a rule of text": lambda d: d["training"]["rule"].update(patience="long"),
    "features beyond the weights": lambda d: d.update(n_features=10**12),
    "features that are nothing": lambda d: d.update(n_features=None),
    "labels that no integer holds": lambda d: d["classes"].update(labels=[1, 10**30], dtype="<i8"),
    "labels too wide": lambda d: d["classes"].update(dtype="<U1000000000"),
    "labels out of order": lambda d: d["classes"].update(labels=[True, False]),
    "a name of a class that is a list": lambda d: d.update(model=["MLPClassifier"]),
    "no training": lambda d: d.pop("training"),
    "a long text": lambda d: d.update(model="x" * 10**6),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_forged_description_is_refused(saved, change):
    with pytest.raises(ModelFileError, match="not a model that this version knows") as caught:
        load(forged(saved, change))
    assert len(str(caught.value)) < 800
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 10**5, '{"format": 1, "format": 1}'])
def test_a_description_that_is_none(saved, text):
    with pytest.raises(ModelFileError, match="description is damaged"):
        load(forged(saved, text=text))


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("which", ["weights/", "last/"])
def test_weights_that_are_not_finite(saved, which, value):
    tensors = {name: tensor.copy() for name, tensor in saved[1].items()}
    tensors[f"{which}output.W"][0, 0] = value
    with pytest.raises(ModelFileError, match="the weights output.W are not finite"):
        load(forged(saved, tensors=tensors))


def test_other_tensors(saved):
    sound = saved[1]
    for tensors, reason in (
        ({**sound, "more": np.zeros(2)}, "it holds more, which is no part of a model"),
        ({**sound, "weights/more": np.zeros(2)}, "weights more, which this network has not"),
        ({n: t.astype(np.float16) for n, t in sound.items()}, "are float16 of shape"),
        ({n: t for n, t in sound.items() if not n.startswith("last/first")}, "are missing"),
        ({n: t.reshape(1, *t.shape) for n, t in sound.items()}, "are of shape"),
    ):
        with pytest.raises(ModelFileError, match=reason):
            load(forged(saved, tensors=tensors))


def test_a_model_that_would_not_be_read_again_is_not_written(tmp_path):
    model = LogisticRegression().build(2, [0, 1])
    model.parameters[0].set_value(np.full((2, 2), np.nan))
    with pytest.raises(ModelFileError, match="the weights output.W are not finite"):
        model.save(tmp_path / "m.safetensors")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("model", "data", "name", "size"),
    [
        (MLPClassifier((4, 3), max_iter=1), "samples", "hidden_layer_sizes", [10**6, 10**6]),
        (RBM(4, max_iter=1, batch_size=5), "bits", "n_hidden", 10**9),
        (RBM(4, max_iter=1, batch_size=5), "bits", "batch_size", 10**12),
        (CharRNN(hidden_layer_sizes=4, max_iter=1), "text", "hidden_layer_sizes", 10**9),
        (CharRNN(hidden_layer_sizes=4, max_iter=1), "text", "batch_size", 10**9),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "fit") else str(value),
)
def test_forged_sizes_take_no_memory(tmp_path, model, data, name, size):
    """Far more than there is: what is refused only afterwards ends in another way."""
    if data == "text":
        model.build("abcabcab")
    elif data == "bits":
        model.build(6)
    else:
        model.build(3, [0, 1])
    with pytest.raises(ModelFileError, match="where this network has|would be of shape"):
        load(forged(_described(model, tmp_path), lambda d: d["settings"].update({name: size})))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_value_anywhere_is_a_model_or_the_one_error(saved, data):
    def change(document):
        table = document
        while True:
            key = data.draw(st.sampled_from(sorted(table)))
            if not isinstance(table[key], dict) or not table[key] or data.draw(st.booleans()):
                break
            table = table[key]
        table[key] = data.draw(VALUES)

    try:
        model = load(forged(saved, change))
    except ModelFileError as error:
        assert len(str(error)) < 800
    else:
        assert model.predict(np.zeros((1, model.n_features_in_))).shape == (1,)
