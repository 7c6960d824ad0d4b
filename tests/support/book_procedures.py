"""The literal procedures of the books: samples as they are, plain descent, no early end."""

_LITERAL = {"optimizer": "sgd", "scale": False, "tol": 0.0}
# Section 2.5.
LINEAR = {"learning_rate": 0.1, "batch_size": 1, **_LITERAL}
# Section 3.4.
LOGISTIC = {"learning_rate": 0.5, "batch_size": 100, **_LITERAL}
# The tutorial "Multilayer Perceptron" of deeplearning.net.
PERCEPTRON = {
    "activation": "tanh",
    "learning_rate": 0.01,
    "batch_size": 20,
    "l2": 1e-4,
    "early_stopping": True,
    **_LITERAL,
}
