"""However and wherever training is interrupted, what is left is sound and can go on."""

import os
import signal
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from symgraph.models import EarlyStopping, LinearRegression, LogisticRegression, MLPClassifier
from symgraph.models.errors import DivergenceError
from symgraph.models.training.checkpoint import Progress
from symgraph.models.training.history import History
from symgraph.models.training.loop import train
from symgraph.models.training.task import TrainingTask

import symgraph as sg

SAMPLES, BATCH = 12, 4


class Walk:
    """A task in plain Python: a weight that is pulled to each batch's rows, and its momentum."""

    def __init__(self, rate=0.1, validated=True):
        self.w = sg.shared(np.zeros(2), name="w")
        self.v = sg.shared(np.zeros(2), name="v")
        self.rate = rate
        self.validated = validated
        rule = EarlyStopping(patience=10**6) if validated else None
        self.progress = Progress(History(), rule, np.random.default_rng(0))

    def step(self, rows):
        w, v = self.w.get_value(), self.v.get_value()
        slope = w - [rows.mean(), rows.max()]
        cost = float(slope @ slope)
        v = 0.5 * v - self.rate * slope
        self.v.set_value(v)
        self.w.set_value(w + v)
        return cost, cost / 2

    def validate(self):
        # Passes its lowest point on the way, so that the best weights are not the last.
        return abs(float(self.w.get_value()[0]) - 3.0)

    def task(self):
        validate = self.validate if self.validated else None
        return TrainingTask(self.step, validate, [self.w], [self.v], SAMPLES, BATCH, self.rate)

    def train(self, epochs, **settings):
        train(self.task(), self.progress, epochs, **settings)
        return self

    def state(self):
        """All there is but how long it took and why it stopped."""
        progress, history = self.progress, self.progress.history
        return {
            "w": self.w.get_value().tolist(),
            "last": {name: value.tolist() for name, value in progress.last.items()},
            "best": {name: value.tolist() for name, value in progress.best.items()},
            "cost": history.cost,
            "errors": history.errors,
            "n_seconds": len(history.seconds),
            "best_epoch": history.best_epoch,
            "rule": progress.rule,
            "steps": progress.steps,
            "rng": progress.rng.bit_generator.state,
        }


@contextmanager
def interrupted_at(event):
    """KeyboardInterrupt is raised where the `event`-th line of an epoch's work would begin.

    Yields a list that holds the name of the function it was raised in, when it was.
    """
    names = {"_epoch", "_whole_epoch", "minibatches", "add", "record", "step", "validate"}
    seen, raised = 0, []

    def on_line(frame, kind, argument):
        nonlocal seen
        if kind == "line":
            seen += 1
            if seen == event:
                raised.append(frame.f_code.co_name)
                sys.settrace(None)
                raise KeyboardInterrupt
        return on_line

    def on_call(frame, kind, argument):
        return on_line if frame.f_code.co_name in names else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        yield raised
    finally:
        sys.settrace(before)


def test_ctrl_c_between_any_two_lines_loses_at_most_the_epoch():
    wholes = [Walk().train(epochs).state() for epochs in range(4)]
    assert wholes[3]["best_epoch"] < 3, "the best epoch should not be the last"
    interrupted_in = set()
    for event in range(1, 1000):
        walk = Walk()
        with interrupted_at(event) as raised:
            walk.train(3)
        if not raised:
            break
        interrupted_in |= set(raised)
        history = walk.progress.history
        assert history.stopped_by == ("interrupt" if history.epochs < 3 else history.stopped_by)
        assert walk.state() == wholes[history.epochs], f"interrupted at line {event}"
        assert walk.train(3).state() == wholes[3], f"interrupted at line {event}"
    assert event > 100
    assert interrupted_in == {
        "_epoch",
        "_whole_epoch",
        "minibatches",
        "add",
        "record",
        "step",
        "validate",
    }


def test_the_loop_ends_in_the_middle_of_an_epoch():
    """The handler of Ctrl-C only notes it; no mini-batch begins after that."""
    walk = Walk()
    step, steps = walk.step, []

    def pressed_in_step(rows):
        steps.append(len(rows))
        if len(steps) == 5:  # the second mini-batch of the second epoch
            os.kill(os.getpid(), signal.SIGINT)
        return step(rows)

    walk.step = pressed_in_step
    walk.train(3)
    assert len(steps) == 5
    assert walk.progress.history.stopped_by == "interrupt"
    assert walk.state() == Walk().train(1).state()


def test_the_weights_of_part_of_the_first_epoch_are_kept():
    walk = Walk()
    step = walk.step

    def stop_after_one(rows):
        result = step(rows)
        os.kill(os.getpid(), signal.SIGINT)
        return result

    walk.step = stop_after_one
    walk.train(3)
    assert walk.progress.history.epochs == walk.progress.history.best_epoch == 0
    assert walk.w.get_value().any()
    walk.step = step
    assert walk.train(3).state() == Walk().train(3).state()


@pytest.mark.parametrize("model", [MLPClassifier((6,)), LogisticRegression(), LinearRegression()])
def test_a_callback_may_interrupt(model):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)

    def stop(history):
        if history.epochs == 3:
            raise KeyboardInterrupt

    settings = {"max_iter": 6, "early_stopping": EarlyStopping(10**6), "random_state": 0}
    model.set_params(learning_rate=0.01, batch_size=10, mode="reference", **settings)
    whole = model.fit(X, y).history_.cost
    expected = model.predict(X)
    model.fit(X, y, callbacks=[stop])
    assert (model.history_.stopped_by, model.history_.epochs) == ("interrupt", 3)
    assert model.n_iter_ == 3
    best = model.history_.best_epoch
    assert best == 1 + int(np.argmin(model.history_.errors["validation"]))
    assert model.resume(X, y, epochs=6).history_.cost == whole
    np.testing.assert_array_equal(model.predict(X), expected)


def test_when_training_diverges_the_validated_best_is_kept():
    walk = Walk(rate=0.1).train(2)
    walk.rate = 1e200
    with (
        np.errstate(over="ignore"),
        pytest.raises(DivergenceError, match=r"in epoch 3, mini-batch \d: the learning rate 1e"),
    ):
        walk.train(9)
    wholes = [Walk(rate=0.1).train(epochs).state() for epochs in range(3)]
    assert walk.state() == wholes[2]
    assert walk.progress.history.stopped_by == "divergence"


def test_weights_that_overflow_in_the_last_step_are_noticed():
    """The cost of the last step was still finite: it is measured before the update."""
    walk = Walk(validated=False).train(1)
    expected = walk.state()
    step, steps = walk.step, []

    def overflow_in_the_last(rows):
        result = step(rows)
        steps.append(len(rows))
        if len(steps) == SAMPLES // BATCH:
            walk.w.set_value(np.array([1.0, np.inf]))
        return result

    walk.step = overflow_in_the_last
    with pytest.raises(DivergenceError, match=r"the weights w became infinite or NaN in epoch 2:"):
        walk.train(2)
    assert walk.state() == expected


def test_without_validation_the_weights_of_lowest_cost_are_kept():
    walk = Walk(rate=4.0, validated=False)
    with (
        np.errstate(over="ignore"),
        pytest.raises(DivergenceError, match="cost became .*those before the first epoch"),
    ):
        walk.train(2000)
    history = walk.progress.history
    assert history.epochs > 10
    assert int(np.argmin(history.cost)) == history.best_epoch == 0
    assert walk.w.get_value().tolist() == [0.0, 0.0]
