"""What is told while training goes on: behind epochs, and within long ones."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import tqdm.auto
from symgraph.models import CharRNN, LinearRegression
from symgraph.models.cli import progress_reporter
from symgraph.models.cli.progress_reporter import ProgressReporter
from symgraph.models.reports import training_report
from symgraph.models.training.history import History
from symgraph.models.training.progress_bar import progress_bar

TEXT = "abracadabra " * 20


class Watcher:
    def __init__(self):
        self.told = []

    def __call__(self, history):
        self.told.append(history.epochs)

    def within(self, done, steps, cost):
        self.told.append((done, steps, cost))


def test_a_callback_may_be_told_of_mini_batches():
    watcher = Watcher()
    x = np.random.default_rng(0).normal(size=(23, 2))
    model = LinearRegression(batch_size=10, max_iter=2, random_state=0).fit(
        x, x[:, 0], callbacks=[watcher]
    )
    assert [told if isinstance(told, int) else told[:2] for told in watcher.told] == [
        0, (1, 3), (2, 3), (3, 3), 1, (1, 3), (2, 3), (3, 3), 2,
    ]  # fmt: skip
    assert watcher.told[3][2] == model.history_.cost[0]


def test_the_bar_moves_within_an_epoch(capsys, monkeypatch):
    monkeypatch.setattr("symgraph.models.training.progress_bar._SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr("tqdm.auto.tqdm.__init__", _every_change(tqdm.auto.tqdm))
    CharRNN(hidden_layer_sizes=3, max_iter=2, progress=True).fit(TEXT)
    drawn = capsys.readouterr().err
    # 239 characters to guess are 9 steps of 25.
    assert re.search(r"CharRNN .* 0.11/2 epochs, .*cost \d", drawn)
    assert re.search(r"CharRNN .* 1.55/2 epochs, .*cost \d", drawn)
    assert re.search(r"CharRNN .* 2/2 epochs, .*cost [\d.]+, errors [\d.]+", drawn)


def _every_change(tqdm):
    begin = tqdm.__init__

    def init(self, *args, **settings):
        begin(self, *args, **settings, mininterval=0, miniters=0)

    return init


def test_the_last_validation_error_stays_in_sight(capsys, monkeypatch):
    monkeypatch.setattr("symgraph.models.training.progress_bar._SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr("tqdm.auto.tqdm.__init__", _every_change(tqdm.auto.tqdm))
    history = History()
    history.add(0.5, {"training": 0.2, "validation": 0.125}, 1.0)
    with progress_bar(3, "Model", True) as draw:
        draw(history)
        draw.within(1, 2, 0.25)
    drawn = capsys.readouterr().err
    assert re.search(r"1.5/3 epochs, \d+:\d+<\S+, cost 0.25, validation 0.125", drawn)


@pytest.mark.parametrize(("kernel", "drawn"), [(True, True), (False, False)])
def test_bars_are_drawn_in_notebooks_without_being_asked_for(capsys, monkeypatch, kernel, drawn):
    shell = SimpleNamespace(kernel=object()) if kernel else SimpleNamespace()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    with progress_bar(3, "Model", None) as draw:
        draw(History())
    assert bool(capsys.readouterr().err) == drawn


def test_the_last_epoch_is_told_and_none_twice(capsys):
    class Measured:
        def measured(self, model, history):
            return f"cost {history.cost[-1]}"

        def between(self, model):
            return ""

    history = History()
    reporter = ProgressReporter(Measured(), SimpleNamespace(history_=history))
    reporter(history)
    for cost in (3.0, 2.0, 1.0):
        history.add(cost, {}, 0.0)
        reporter(history)
    reporter.finish()
    reporter.finish()
    told = capsys.readouterr().out.splitlines()
    assert told[1:] == ["epoch    1  cost 3.0", "epoch    3  cost 1.0"]


def test_long_epochs_are_told_of_where_there_is_no_terminal(capsys, monkeypatch):
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr(progress_reporter.time, "perf_counter", lambda: next(clock))

    class Silent:
        def measured(self, model, history):
            return "measured"

        def between(self, model):
            return ""

    history = History()
    reporter = ProgressReporter(Silent(), object())
    reporter(history)
    for done in range(1, 5):
        reporter.within(done, 8, 2.5)
    history.add(2.25, {}, 24.0)
    reporter(history)
    assert capsys.readouterr().out.splitlines() == [
        "compiled in 0.00 s",
        "epoch    1,  25% of it  cost 2.5",
        "epoch    1,  50% of it  cost 2.5",
        "epoch    1  measured",
    ]


@pytest.mark.parametrize(
    ("called", "typed"),
    [
        ("/somewhere/bin/symgraph", "/somewhere/bin/symgraph predict 'a b'"),
        ("/site/symgraph/models/__main__.py", "my/python -m symgraph.models predict 'a b'"),
    ],
)
def test_commands_are_shown_as_they_can_be_typed(monkeypatch, called, typed):
    monkeypatch.setattr("sys.argv", [called, "train"])
    monkeypatch.setattr("sys.orig_argv", ["my/python", "-m", "symgraph.models", "train"])
    monkeypatch.setattr(training_report.shutil, "which", lambda program: None)
    assert training_report.command("predict", "a b") == typed
