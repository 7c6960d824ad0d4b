"""Models that Theano 1.0.5 itself has pickled, by the oldest protocol and by the second."""

import pickle
from pathlib import Path

import numpy as np
import theano

FOLDER = Path(__file__).resolve().parents[1] / "theano_pickles"

for path in sorted(FOLDER.glob("*.pkl")):
    with path.open("rb") as file:
        model = pickle.load(file, encoding="latin1")
    w, b, n = model["params"]
    assert [v.name for v in (w, b, n)] == ["w", "b", "n"]
    assert w.get_value().shape == (3, 4) and b.dtype == "float64" and int(n.get_value()) == 3
    compute = theano.function(model["inputs"], model["outputs"])
    for name, found, value in zip(model["names"], compute(*model["point"]), model["values"]):
        assert found.dtype == value.dtype, name
        np.testing.assert_allclose(found, value, rtol=1e-12, atol=1e-12, err_msg=name)
    # The parameters are those of the expressions, and can be trained on.
    x, y = model["inputs"]
    outputs = dict(zip(model["names"], model["outputs"]))
    step = theano.function(
        [x, y], outputs["cost"], updates=[(w, w - theano.grad(outputs["cost"], w))]
    )
    before = step(*model["point"])
    assert step(*model["point"]) < before
    assert str(x) == "x" and theano.function([x], model["activation"](x))(np.zeros((1, 1))) == 0

# What is pickled here is read here.
s = theano.shared(np.ones(2), name="s")
s.default_update = s + 1
f, t = pickle.loads(pickle.dumps((theano.function([], s * 2), s)))
assert f().tolist() == [2, 2] and f().tolist() == [4, 4] and t.name == "s"
