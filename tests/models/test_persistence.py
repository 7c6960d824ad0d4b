"""Saved models come back as they were; what is no sound model file is refused with the reason."""

import json
import pickle

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from symgraph.models import (
    EarlyStopping,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    NoImprovement,
    load,
)
from symgraph.models.errors import ModelFileError
from symgraph.models.estimators.persistence import checksum

import symgraph as sg


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    return X, np.where(X[:, 0] > 0, "yes", "no")


@pytest.fixture
def saved(samples, tmp_path):
    model = MLPClassifier((5,), max_iter=3, random_state=0, optimizer="adam").fit(*samples)
    path = tmp_path / "model.safetensors"
    model.save(path)
    return model, path


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(max_iter=3),
        LogisticRegression(max_iter=3, dtype="float32", early_stopping=NoImprovement(50)),
        MLPClassifier((5, 3), max_iter=3, optimizer="adam", early_stopping=EarlyStopping(40)),
        MLPClassifier((5,), max_iter=3, optimizer="momentum", early_stopping=False, mode="llvm"),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_model_comes_back_and_its_training_goes_on(model, samples, tmp_path):
    X, y = samples
    if isinstance(model, LinearRegression):
        y = X @ [1.0, 2.0, 3.0, 4.0]
    model.set_params(random_state=1).fit(X, y)
    path = tmp_path / "model.safetensors"
    model.save(path)
    copy = load(path)
    assert type(copy) is type(model)
    assert copy.get_params() == model.get_params()
    assert copy.history_ == model.history_
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))
    model.resume(X, y, epochs=6)
    copy.resume(X, y, epochs=6)
    assert copy.history_.cost == model.history_.cost
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))
    assert [p.name for p in tmp_path.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize("labels", [[0, 1], [3, 7], ["a", "b"], [False, True], [0.0, 1.0]], ids=str)
def test_labels_keep_their_kind(labels, tmp_path):
    X = np.array([[0.0], [1.0]] * 4)
    model = LogisticRegression(max_iter=2).fit(X, np.array(labels * 4))
    model.save(tmp_path / "m.safetensors")
    copy = load(tmp_path / "m.safetensors")
    assert copy.classes_.dtype == model.classes_.dtype
    assert copy.classes_.tolist() == labels


def test_the_weights_are_plain_tensors_for_anybody(saved):
    model, path = saved
    tensors = load_file(path)
    for parameter in model.parameters:
        np.testing.assert_array_equal(tensors[f"weights/{parameter.name}"], parameter.get_value())


def test_a_missing_file(tmp_path):
    with pytest.raises(ModelFileError, match=r"gone\.safetensors: no such file"):
        load(tmp_path / "gone.safetensors")


def test_a_folder(tmp_path):
    with pytest.raises(ModelFileError, match="a folder, not an ordinary file"):
        load(tmp_path)


def test_damaged_files_are_refused(saved, tmp_path):
    content = saved[1].read_bytes()
    for name, damaged in {
        "empty": b"",
        "short": content[: len(content) // 2],
        "cut": content[:-1],
        "garbage": b"\xff" * 200,
        "pickle": pickle.dumps({"weights": 1}),
        "text": b"not a model at all, just text",
    }.items():
        path = tmp_path / name
        path.write_bytes(damaged)
        with pytest.raises(ModelFileError, match=f"{name}: damaged, truncated, or no safetensors"):
            load(path)


@pytest.mark.parametrize("byte", [-1, -200, -1000], ids=str)
def test_a_changed_byte_is_noticed(saved, byte):
    content = bytearray(saved[1].read_bytes())
    content[byte] ^= 1
    saved[1].write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged: its content does not fit its checksum"):
        load(saved[1])


def test_a_changed_number_of_the_description_is_noticed(saved):
    content = saved[1].read_bytes()
    before, after = b'\\"n_features\\": 4', b'\\"n_features\\": 5'
    assert content.count(before) == 1
    saved[1].write_bytes(content.replace(before, after))
    with pytest.raises(ModelFileError, match="damaged: its content does not fit its checksum"):
        load(saved[1])


@pytest.mark.parametrize(("then", "now"), [("float32", "float64"), ("float64", "float32")])
def test_a_model_has_the_dtype_of_its_time(samples, tmp_path, then, now):
    path = tmp_path / "m.safetensors"
    with sg.config.change_flags(floatX=then):
        model = LogisticRegression(max_iter=2, random_state=0).fit(*samples)
        model.save(path)
    with sg.config.change_flags(floatX=now):
        copy = load(path)
        assert copy.predict_proba(samples[0]).dtype == then
        assert model.predict_proba(samples[0]).dtype == then
        model.resume(*samples, epochs=4)
        copy.resume(*samples, epochs=4)
        assert copy.parameters[0].get_value().dtype == then
        np.testing.assert_array_equal(
            copy.predict_proba(samples[0]), model.predict_proba(samples[0])
        )
        # Fitted anew it follows the setting.
        assert model.fit(*samples).predict_proba(samples[0]).dtype == now


def rewritten(saved, tmp_path, change, tensors=None):
    """The saved file with its description changed, its checksum being right."""
    with safe_open(saved[1], framework="numpy") as file:
        document = json.loads(file.metadata()["symgraph"])
    change(document)
    path = tmp_path / "changed.safetensors"
    text, tensors = json.dumps(document), tensors or load_file(saved[1])
    save_file(tensors, path, metadata={"symgraph": text, "sha256": checksum(text, tensors)})
    return path


def test_alien_and_altered_files_are_refused(saved, tmp_path):
    alien = tmp_path / "alien.safetensors"
    save_file({"w": np.zeros(3)}, alien)
    with pytest.raises(ModelFileError, match="not one of symgraph's models"):
        load(alien)

    cases = [
        (lambda d: d.update(format=2), "of format 2; this version reads format 1"),
        (lambda d: d.pop("format"), "its description is damaged"),
        (lambda d: d.update(model="os.system"), "not a model that this version knows"),
        (lambda d: d["settings"].update(colour="red"), "not a model that this version knows"),
        (lambda d: d["settings"].update(batch_size=0), "batch_size must be an integer"),
        (lambda d: d.update(n_features=9), r"hidden0.W are of shape \(4, 5\).*\(9, 5\)"),
        (lambda d: d["training"].pop("rng"), "not a model that this version knows"),
        (lambda d: d.update(dtype="float8"), "not a model that this version knows.*float8"),
        (lambda d: d.update(classes=None), "a classifier must be told its classes"),
    ]
    for change, message in cases:
        with pytest.raises(ModelFileError, match=message):
            load(rewritten(saved, tmp_path, change))

    tensors = load_file(saved[1])
    del tensors["weights/output.b"]
    with pytest.raises(ModelFileError, match=r"the weights output\.b are missing"):
        load(rewritten(saved, tmp_path, lambda d: None, tensors))


def test_settings_of_every_kind_are_kept(samples, tmp_path):
    model = MLPClassifier(
        np.array([4, 3]),
        learning_rate=np.float64(0.1),
        max_iter=np.int64(2),
        dtype=np.float32,
        random_state=np.random.RandomState(0),
    ).fit(*samples)
    model.save(tmp_path / "m.safetensors")
    copy = load(tmp_path / "m.safetensors")
    assert copy.hidden_layer_sizes == (4, 3)
    assert (copy.learning_rate, copy.max_iter, copy.dtype) == (0.1, 2, "float32")
    assert copy.random_state is None
    np.testing.assert_array_equal(copy.predict_proba(samples[0]), model.predict_proba(samples[0]))


def test_labels_that_text_cannot_hold(tmp_path):
    model = LogisticRegression().build(2, np.array([b"a", b"b"]))
    with pytest.raises(ModelFileError, match="text cannot hold: Object of type bytes"):
        model.save(tmp_path / "m.safetensors")
    assert not list(tmp_path.iterdir())


def test_a_failing_save_leaves_the_old_file(saved, tmp_path):
    model, path = saved
    before = path.read_bytes()
    with pytest.raises(ModelFileError, match="no such file: there is no folder .*nowhere"):
        model.save(tmp_path / "nowhere" / "model.safetensors")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
