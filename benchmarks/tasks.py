"""The work: shapes, initial values and limits, common to all peers.

A task of another kind needs an entry here, and a builder under its kind in each peer's module.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks import data
from benchmarks.data import Data


class Run(NamedTuple):
    """Work that is ready: `step` does it once, and returns when it is done; `values` makes NumPy
    arrays of what the last step returned, or changed. `function` is our compiled function, where
    the step is a call of it."""

    step: Callable[[], Any]
    values: Callable[[Any], list[np.ndarray]]
    function: Any = None


class Task(NamedTuple):
    """`kind` names the builder in the peers' modules, `data` makes what it is given.

    `flops` counts the operations of matrix products, `traffic` the bytes that must be read and
    written at least; from them follows the time that the machine needs. `tolerance` is relative
    to the largest number of each result; where the work is `random`, to the size of its numbers,
    of which only mean and size are compared.
    """

    name: str
    title: str
    kind: str
    data: Callable[[], Data]
    flops: float = 0.0
    traffic: float = 0.0
    tolerance: float = 1e-4
    random: bool = False


MILLION = 10**6
# Bytes of a float32.
WORD = 4


def _perceptron(batch: int) -> Task:
    """The products of the first layer are computed twice (forward, gradient of its weights), those
    of the second three times."""
    return Task(
        f"mlp{batch}",
        f"MLP 784-500-10, tanh, L2, batch {batch}, SGD step",
        "perceptron",
        lambda: data.perceptron(batch),
        flops=2 * batch * (2 * 784 * 500 + 3 * 500 * 10),
        # Weights are read and written; they lie in cache from step to step.
        traffic=2 * WORD * (784 * 500 + 500 * 10),
    )


def _convolution(channels: int, size: int, with_gradients: bool) -> Task:
    batch = 8
    return Task(
        f"conv{channels}" + "_grad" * with_gradients,
        f"convolution 3 × 3, {channels} channels of {size} × {size}, batch {batch}"
        + ", and gradients" * with_gradients,
        "convolution_gradients" if with_gradients else "convolution",
        lambda: data.maps(channels, size, batch),
        flops=2 * batch * size**2 * channels**2 * 9 * (3 if with_gradients else 1),
    )


# Multiplications of LeNet for a picture: by convolutions and dense layers.
_FIRST, _SECOND, _DENSE = 24 * 24 * 20 * 25, 8 * 8 * 50 * 20 * 25, 800 * 500 + 500 * 10


def _machine(name: str, title: str, kind: str, products: int) -> Task:
    return Task(
        name,
        title,
        kind,
        data.machine,
        flops=2 * 20 * 784 * 500 * products,
        traffic=2 * WORD * 784 * 500,
        tolerance=0.25,
        random=True,
    )


TASKS = {
    task.name: task
    for task in (
        Task(
            "elem_fwd",
            "exp(-x²) tanh(x) + log1p(x²), 10⁶ numbers",
            "elementwise",
            lambda: data.normal(MILLION),
            traffic=2 * WORD * MILLION,
        ),
        Task(
            "elem_sumgrad",
            "its sum and gradient",
            "elementwise_gradient",
            lambda: data.normal(MILLION),
            traffic=2 * WORD * MILLION,
        ),
        Task(
            "logreg600",
            "logistic regression 784-10, batch 600, SGD step",
            "logistic",
            lambda: data.logistic(600),
            flops=2 * 600 * 2 * 784 * 10,
            traffic=WORD * 600 * 784,
        ),
        _perceptron(20),
        _perceptron(256),
        Task("smallcall", "calling x + 1 on 10 numbers", "increment", lambda: data.vectors(1)),
        Task("call5x3", "5 inputs of 10 numbers, 3 updates", "updates", lambda: data.vectors(8)),
        Task(
            "sum_all",
            "sum of 1000 × 1000",
            "sum_all",
            lambda: data.normal(1000, 1000),
            traffic=WORD * MILLION,
        ),
        Task(
            "product",
            "matrix product, 1024 × 1024 × 1024",
            "product",
            lambda: data.factors(1024),
            flops=2 * 1024**3,
            traffic=3 * WORD * 1024**2,
        ),
        Task(
            "sum_leading",
            "sum over the first axis, 2000 × 1000",
            "sum_leading",
            lambda: data.normal(2000, 1000),
            traffic=WORD * 2 * MILLION,
        ),
        Task(
            "max_last",
            "max over the last axis, 2000 × 1000",
            "max_last",
            lambda: data.normal(2000, 1000),
            traffic=WORD * 2 * MILLION,
        ),
        Task(
            "logsumexp",
            "logsumexp over the last axis, 2000 × 1000",
            "logsumexp",
            lambda: data.normal(2000, 1000),
            traffic=WORD * 2 * MILLION,
        ),
        Task(
            "gather",
            "4096 rows of 10 000 × 128",
            "gather",
            lambda: data.rows(10_000, 128, 4096),
            traffic=2 * WORD * 4096 * 128,
        ),
        Task(
            "scatter",
            "adding to 4096 rows of 10 000 × 128, in place",
            "scatter",
            lambda: data.rows(10_000, 128, 4096),
            traffic=3 * WORD * 4096 * 128,
        ),
        Task(
            "lstm",
            "LSTM 28 steps × 28, 128 units, batch 128, Adam step",
            "gated",
            data.gated,
            # The inputs' weights are used twice (forward, their gradient), the others three times.
            flops=2 * data.BATCH * data.UNITS * (28 * 4 * (2 * data.COLUMNS + 3 * 128) + 3 * 10),
        ),
        Task(
            "char_rnn",
            "RNN on letters, 25 steps, 100 units, batch 1, Adagrad step",
            "letters",
            data.letters,
            flops=2 * 3 * data.CHARACTERS * data.CELLS * (data.CELLS + data.LETTERS),
            # Weights and their sums of squares are read and written.
            traffic=4 * WORD * data.CELLS * (data.CELLS + 2 * data.LETTERS),
        ),
        # The first hidden states, two products for each further step, one where a chain goes on
        # from the last one, and the two of the gradient.
        _machine("rbm_cd1", "RBM 784-500, CD-1, batch 20", "contrast", 5),
        _machine("rbm_pcd15", "RBM 784-500, PCD-15, batch 20", "persistence", 33),
        Task(
            "lenet500",
            "LeNet 20/50 maps, batch 500, SGD step",
            "lenet",
            lambda: data.lenet(500),
            # The pictures have no gradient.
            flops=2 * 500 * (2 * _FIRST + 3 * _SECOND + 3 * _DENSE),
        ),
        *(
            _convolution(channels, size, with_gradients)
            for channels, size in ((64, 56), (128, 28), (256, 14))
            for with_gradients in (False, True)
        ),
    )
}
# Of the training steps.
RATES = {
    "logistic": 0.13,
    "perceptron": 0.01,
    "gated": 1e-3,
    "letters": 0.1,
    "machine": 0.1,
    "lenet": 0.1,
}
L2 = 1e-4
# Of Adam: the moments' decay, and what guards its division.
BETAS, GUARD = (0.9, 0.999), 1e-8
# Of the network on letters: gradients are cut there.
CLIP = 5.0
# Gibbs steps of the two ways to train a Boltzmann machine.
GIBBS = {"contrast": 1, "persistence": 15}
