"""The training loop: when it stops, what it keeps, and how it goes on."""

import os
import signal
import threading

import numpy as np
import pytest
from support.book_procedures import LINEAR, PERCEPTRON
from symgraph.models import EarlyStopping, LinearRegression, MLPClassifier, NoImprovement
from symgraph.models.errors import DivergenceError
from symgraph.models.training.interruption import interruptions_noted
from symgraph.models.training.loop import minibatches


@pytest.fixture(scope="module")
def noise():
    """Points whose labels cannot be learned: validation gets worse sooner or later."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(80, 5)), rng.integers(0, 2, 80)


def perceptron(**settings):
    chosen = {"learning_rate": 0.5, "batch_size": 10, "random_state": 0, "max_iter": 60}
    return MLPClassifier((12,), **(PERCEPTRON | chosen | settings))


def test_mini_batches_hold_every_row_once():
    batches = list(minibatches(23, 5, np.random.default_rng(0)))
    assert [len(rows) for rows in batches] == [5, 5, 5, 5, 3]
    assert sorted(np.concatenate(batches)) == list(range(23))
    assert np.concatenate(batches).tolist() != list(range(23))
    np.testing.assert_array_equal(np.concatenate(list(minibatches(7, 3, None))), np.arange(7))


def test_the_best_weights_are_kept(noise):
    X, y = noise
    model = perceptron(early_stopping=EarlyStopping(patience=10**6)).fit(X, y)
    history = model.history_
    validation = history.errors["validation"]
    assert history.epochs == model.n_iter_ == 60
    assert history.stopped_by == "epochs"
    assert history.best_epoch == 1 + int(np.argmin(validation))
    assert history.best_epoch < 60
    # The weights are those of that epoch: the same training stopped there has them too.
    stopped = perceptron(max_iter=history.best_epoch).fit(X, y)
    for kept, last in zip(model.parameters, stopped.parameters, strict=True):
        np.testing.assert_array_equal(kept.get_value(), last.get_value())


def test_patience_ends_training(noise):
    X, y = noise
    model = perceptron(early_stopping=EarlyStopping(patience=50, patience_increase=1.0)).fit(X, y)
    steps_an_epoch = 7  # 70 samples in batches of 10
    assert model.history_.stopped_by == "patience"
    assert (model.history_.epochs - 1) * steps_an_epoch < 50 <= model.history_.epochs * 7


def test_patience_grows_with_improvement():
    rule = EarlyStopping(patience=100, patience_increase=2, improvement_threshold=0.995)
    assert rule.record(80, 0.5)
    assert rule.patience == 160
    assert rule.record(120, 0.4999)  # better, but by less than 0.5 %
    assert rule.patience == 160
    assert not rule.record(130, 0.6)
    assert not rule.record(140, float("nan"))
    assert not rule.exhausted(159)
    assert rule.exhausted(160)


def test_the_rule_of_the_books_chapters_keeps_every_better_accuracy():
    rule = NoImprovement(max_steps=3000)
    assert rule.record(50, 0.20)
    assert rule.record(450, 0.10)
    # The log of §3.4: gains below 0.5 % are kept but do not put off the end, 450 + 3000.
    assert rule.record(1000, 0.0995)
    assert not rule.exhausted(3449)
    assert rule.exhausted(3450)


def test_resumed_training_is_the_same_training(noise):
    X, y = noise
    for optimizer in ("sgd", "momentum", "adagrad", "rmsprop", "adam"):
        settings = {"optimizer": optimizer, "learning_rate": 0.01}
        whole = perceptron(max_iter=5, **settings).fit(X, y)
        halves = perceptron(max_iter=2, **settings).fit(X, y).resume(X, y, epochs=5)
        assert halves.history_.cost == whole.history_.cost, optimizer
        assert halves.history_.errors == whole.history_.errors
        for one, other in zip(whole.parameters, halves.parameters, strict=True):
            np.testing.assert_array_equal(one.get_value(), other.get_value())


def test_warm_start_begins_with_the_weights_there_are(noise):
    X, _ = noise
    y = X[:, 0] > 0
    cold = perceptron(max_iter=10, early_stopping=False).fit(X, y)
    warm = perceptron(max_iter=10, early_stopping=False, warm_start=True).fit(X, y).fit(X, y)
    assert warm.history_.epochs == 10
    assert warm.history_.cost[0] < 0.5 * cold.history_.cost[0]


def test_a_cost_that_grows_beyond_bounds_is_told_and_the_best_weights_kept():
    X = np.array([[1e3], [2e3], [3e3]])
    model = LinearRegression(**(LINEAR | {"learning_rate": 1.0, "max_iter": 500}))
    with pytest.raises(DivergenceError) as caught:
        model.fit(X, [1.0, 2.0, 3.0])
    message = str(caught.value)
    assert "the cost became inf in epoch" in message
    assert "learning rate 1 is too large" in message
    assert np.isfinite(model.coef_).all()


@pytest.mark.parametrize("epoch", [0, 4])
def test_ctrl_c_ends_training_with_the_best_weights(noise, epoch):
    X, y = noise

    def press(history):
        if history.epochs == epoch:
            os.kill(os.getpid(), signal.SIGINT)

    model = perceptron(early_stopping=EarlyStopping(patience=10**6))
    model.fit(X, y, callbacks=[press])
    assert model.history_.stopped_by == "interrupt"
    assert model.history_.epochs == epoch
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert model.predict(X).shape == (80,)
    if epoch:
        best = perceptron(max_iter=model.history_.best_epoch).fit(X, y)
        np.testing.assert_array_equal(
            model.parameters[0].get_value(), best.parameters[0].get_value()
        )
        # And it can go on as if nothing had been.
        whole = perceptron(max_iter=8, early_stopping=EarlyStopping(patience=10**6)).fit(X, y)
        assert model.resume(X, y, epochs=8).history_.cost == whole.history_.cost


def test_a_second_ctrl_c_raises():
    with pytest.raises(KeyboardInterrupt), interruptions_noted() as noted:
        os.kill(os.getpid(), signal.SIGINT)
        assert noted.wait(1)
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_a_callback_raises_is_passed_on_and_the_model_stays_sound(noise):
    X, y = noise

    def fail(history):
        if history.epochs == 2:
            raise RuntimeError("disk full")

    model = perceptron()
    with pytest.raises(RuntimeError, match="disk full"):
        model.fit(X, y, callbacks=[fail])
    assert model.history_.epochs == 2
    assert np.isfinite(model.predict_proba(X)).all()


def test_training_works_in_any_thread(noise):
    X, y = noise
    expected = perceptron(max_iter=3).fit(X, y).history_.cost
    models = [perceptron(max_iter=3) for _ in range(4)]
    threads = [threading.Thread(target=model.fit, args=(X, y)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(model.history_.cost == expected for model in models)
