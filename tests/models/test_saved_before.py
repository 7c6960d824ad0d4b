"""Models that earlier versions saved are read as they were: each one's file, with its answers."""

import json
from pathlib import Path

import numpy as np
import pytest
from symgraph.models import load

SAVED = Path(__file__).parent / "saved"
KNOWN = json.loads((SAVED / "answers.json").read_text())
MODELS = {
    "char-rnn": ("CharRNN", {"cell": "gru", "embedding": 2, "batch_size": 1}),
    "lenet": ("LeNet", {"form": "book", "maps": (1, 1, 2), "dropout": 0.25}),
    "linear": ("LinearRegression", {"scale": True, "batch_size": None, "learning_rate": None}),
    "logistic": ("LogisticRegression", {"class_weight": {"ant": 2.0}, "optimizer": "accelerated"}),
    "lstm": ("LSTMClassifier", {"n_steps": 3, "peepholes": True, "decay": 0.1}),
    "mlp": ("MLPClassifier", {"hidden_layer_sizes": (4, 3), "class_weight": "balanced"}),
    "mlp-regressor": ("MLPRegressor", {"hidden_layer_sizes": (4,), "l2": 0.005}),
    "rbm": ("RBM", {"n_hidden": 3, "persistent": True, "scale": True}),
}


def answer(name, model):
    """What each was asked when it was saved."""
    if name == "char-rnn":
        return [model.score(KNOWN["text"])]
    if name == "lenet":
        return model.predict_proba(np.array(KNOWN["pictures"]) / 10)
    if name == "rbm":
        return model.transform(KNOWN["bits"])
    ask = model.predict_proba if hasattr(model, "classes_") else model.predict
    return ask(np.array(KNOWN["X"]))


@pytest.mark.parametrize("name", MODELS)
def test_a_file_of_before_holds_the_same_model(name, tmp_path):
    model = load(SAVED / f"{name}.safetensors")
    kind, settings = MODELS[name]
    assert type(model).__name__ == kind
    assert settings.items() <= model.get_params().items()
    np.testing.assert_allclose(answer(name, model), KNOWN["answers"][name], rtol=1e-5, atol=1e-7)
    model.save(tmp_path / "again.safetensors")
    again = load(tmp_path / "again.safetensors")
    assert again.get_params() == model.get_params()
    np.testing.assert_array_equal(answer(name, again), answer(name, model))
