"""The work: shapes, initial values and limits, common to all peers.

A task of another kind needs an entry here, and a builder under its kind in each peer's module.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

FLOAT = "float32"
Data = dict[str, np.ndarray]


class Run(NamedTuple):
    """Work that is ready: `step` does it once, and returns when it is done; `values` makes NumPy
    arrays of what the last step returned, or changed."""

    step: Callable[[], Any]
    values: Callable[[Any], list[np.ndarray]]


class Task(NamedTuple):
    """`kind` names the builder in the peers' modules, `data` makes what it is given.

    `flops` counts the operations of matrix products, `traffic` the bytes that must be read and
    written at least; from them follows the time that the machine needs. `tolerance` is relative
    to the largest number of each result.
    """

    name: str
    title: str
    kind: str
    data: Callable[[], Data]
    flops: float = 0.0
    traffic: float = 0.0
    tolerance: float = 1e-4


def glorot(random: np.random.RandomState, rows: int, columns: int) -> np.ndarray:
    """Uniform weights of Glorot and Bengio (2010), equation 16."""
    bound = np.sqrt(6.0 / (rows + columns))
    return random.uniform(-bound, bound, (rows, columns)).astype(FLOAT)


def normal(*shape: int) -> Data:
    return {"x": np.random.RandomState(0).randn(*shape).astype(FLOAT)}


def images(batch: int) -> Data:
    """What looks like digits of 28 x 28, in ten classes."""
    random = np.random.RandomState(0)
    return {"X": random.rand(batch, 784).astype(FLOAT), "y": random.randint(0, 10, batch)}


def logistic(batch: int) -> Data:
    return images(batch) | {"W": np.zeros((784, 10), FLOAT), "b": np.zeros(10, FLOAT)}


def perceptron(batch: int) -> Data:
    random = np.random.RandomState(1)
    return images(batch) | {
        "W1": glorot(random, 784, 500),
        "b1": np.zeros(500, FLOAT),
        "W2": glorot(random, 500, 10),
        "b2": np.zeros(10, FLOAT),
    }


def vectors(count: int) -> Data:
    random = np.random.RandomState(0)
    return {f"x{number}": random.rand(10).astype(FLOAT) for number in range(count)}


def rows(count: int, width: int, picked: int) -> Data:
    random = np.random.RandomState(0)
    return {
        "x": random.randn(count, width).astype(FLOAT),
        "i": random.randint(0, count, picked),
        "u": random.randn(picked, width).astype(FLOAT),
    }


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
        lambda: perceptron(batch),
        flops=2 * batch * (2 * 784 * 500 + 3 * 500 * 10),
        # Weights are read and written; they lie in cache from step to step.
        traffic=2 * WORD * (784 * 500 + 500 * 10),
    )


TASKS = {
    task.name: task
    for task in (
        Task(
            "elem_fwd",
            "exp(-x²) tanh(x) + log1p(x²), 10⁶ numbers",
            "elementwise",
            lambda: normal(MILLION),
            traffic=2 * WORD * MILLION,
        ),
        Task(
            "elem_sumgrad",
            "its sum and gradient",
            "elementwise_gradient",
            lambda: normal(MILLION),
            traffic=2 * WORD * MILLION,
        ),
        Task(
            "logreg600",
            "logistic regression 784-10, batch 600, SGD step",
            "logistic",
            lambda: logistic(600),
            flops=2 * 600 * 2 * 784 * 10,
            traffic=WORD * 600 * 784,
        ),
        _perceptron(20),
        _perceptron(256),
        Task("smallcall", "calling x + 1 on 10 numbers", "increment", lambda: vectors(1)),
        Task("call5x3", "5 inputs of 10 numbers, 3 updates", "updates", lambda: vectors(8)),
        Task(
            "sum_leading",
            "sum over the first axis, 2000 × 1000",
            "sum_leading",
            lambda: normal(2000, 1000),
            traffic=WORD * 2 * MILLION,
        ),
        Task(
            "max_last",
            "max over the last axis, 2000 × 1000",
            "max_last",
            lambda: normal(2000, 1000),
            traffic=WORD * 2 * MILLION,
        ),
        Task(
            "logsumexp",
            "logsumexp over the last axis, 2000 × 1000",
            "logsumexp",
            lambda: normal(2000, 1000),
            traffic=WORD * 2 * MILLION,
        ),
        Task(
            "gather",
            "4096 rows of 10 000 × 128",
            "gather",
            lambda: rows(10_000, 128, 4096),
            traffic=2 * WORD * 4096 * 128,
        ),
        Task(
            "scatter",
            "adding to 4096 rows of 10 000 × 128, in place",
            "scatter",
            lambda: rows(10_000, 128, 4096),
            traffic=3 * WORD * 4096 * 128,
        ),
    )
}
# Of the training steps.
RATES = {"logistic": 0.13, "perceptron": 0.01}
L2 = 1e-4
