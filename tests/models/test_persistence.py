"""Saved models come back as they were; what is no sound model file is refused with the reason."""

import json
import pickle

import numpy as np
import pytest
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
    with pytest.raises(ModelFileError, match="a folder, not a model file"):
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


def rewritten(saved, tmp_path, change, tensors=None):
    """The saved file with its description changed."""
    from safetensors import safe_open

    with safe_open(saved[1], framework="numpy") as file:
        document = json.loads(file.metadata()["symgraph"])
    change(document)
    path = tmp_path / "changed.safetensors"
    metadata = {"symgraph": json.dumps(document)}
    save_file(tensors or load_file(saved[1]), path, metadata=metadata)
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
        (lambda d: d["settings"].update(batch_size=0), "batch_size must be a whole number"),
        (lambda d: d.update(n_features=9), r"hidden0.W are float64 of shape \(4, 5\).*\(9, 5\)"),
        (lambda d: d["training"].pop("rng"), "not a model that this version knows"),
    ]
    for change, message in cases:
        with pytest.raises(ModelFileError, match=message):
            load(rewritten(saved, tmp_path, change))

    tensors = load_file(saved[1])
    del tensors["weights/output.b"]
    with pytest.raises(ModelFileError, match=r"the weights output\.b are missing"):
        load(rewritten(saved, tmp_path, lambda d: None, tensors))


def test_a_failing_save_leaves_the_old_file(saved, tmp_path):
    model, path = saved
    before = path.read_bytes()
    with pytest.raises(ModelFileError, match="No such file or directory"):
        model.save(tmp_path / "nowhere" / "model.safetensors")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
