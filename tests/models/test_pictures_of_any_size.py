"""LeNet and the LSTM read pictures of any size, with any number of channels, in their shape."""

import numpy as np
import pytest
from symgraph.models import LeNet, LSTMClassifier, load
from symgraph.models.errors import ParameterError

SMALL = {"max_iter": 1, "early_stopping": False, "random_state": 0, "mode": "reference"}


def pictures(*shape):
    rng = np.random.default_rng(0)
    return rng.random((6, *shape)), np.array([0, 1, 2] * 2)


def reader(kind):
    if kind == "lstm":
        return LSTMClassifier(n_hidden=3, **SMALL)
    few = {} if kind == "original" else {"maps": (2, 3, 4)[: 2 + (kind == "book")], "n_hidden": 5}
    return LeNet(kind, **few, **SMALL)


@pytest.mark.parametrize("kind", ["tutorial", "book", "original", "lstm"])
@pytest.mark.parametrize("shape", [(8, 8), (1, 20, 33), (32, 17), (3, 18, 9)], ids=str)
def test_pictures_in_their_shape(tmp_path, kind, shape):
    X, y = pictures(*shape)
    model = reader(kind)
    if kind == "original" and shape[0] == 3:
        with pytest.raises(ParameterError, match="sees one channel, not the 3"):
            model.fit(X, y)
        return
    answers = model.fit(X, y).predict_proba(X)
    assert answers.shape == (6, 3)
    np.testing.assert_array_equal(model.predict_proba(X.reshape(6, -1)), answers)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict_proba(X), answers)
    with pytest.raises(ParameterError, match=r"pictures of shape .* are not what .* learned"):
        again.predict(X.swapaxes(-1, -2)[..., :-1])


def test_the_lstm_reads_all_channels_of_a_row_at_once():
    X, y = pictures(3, 4, 5)
    model = LSTMClassifier(n_hidden=3, **SMALL).fit(X, y)
    by_row = X.transpose(0, 2, 1, 3).reshape(6, -1)
    same = LSTMClassifier(4, n_hidden=3, **SMALL).fit(by_row, y)
    np.testing.assert_array_equal(model.predict_proba(X), same.predict_proba(by_row))
    assert model.predict_proba_so_far(X).shape == (6, 4, 3)


def test_small_pictures_get_a_frame():
    X, y = pictures(8, 8)
    model = reader("tutorial").fit(X, y)
    framed = np.pad(X, [(0, 0), (4, 4), (4, 4)])
    same = reader("tutorial").fit(framed, y)
    np.testing.assert_allclose(model.predict_proba(X), same.predict_proba(framed), rtol=1e-12)


def test_what_makes_no_picture_is_told():
    X, y = pictures(12)
    with pytest.raises(ParameterError, match="12 features are no square picture; give pictures"):
        LeNet(**SMALL).fit(X, y)
    with pytest.raises(ParameterError, match="12 features are no square picture: say n_steps"):
        LSTMClassifier(**SMALL).fit(X, y)
