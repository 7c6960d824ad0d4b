"""A new model is one file and one line in the list: nothing else knows of it, and all find it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import symgraph.models

import symgraph

FILE = '''"""A tiny classifier."""

import symgraph.tensor as T

from ..catalogue import ModelSpec
from ..datasets import load_data
from ..estimators.classifier import Classifier
from ..estimators.ranges import Real
from ..estimators.settings import Option, setting, settings
from ..parts.layers import Dense
from ..reports.supervised import SupervisedReport


@settings
class TinyClassifier(Classifier):
    """Tell classes apart by softmax(steepness · (x · W + b))."""

    steepness: float = setting(
        "factor of the scores", Real(), default=1.0, option=Option("--steepness", "S")
    )
    learning_rate: float = 0.1
    max_iter: int = 20

    def _network(self, n_features, rng):
        x, y = T.matrix("x", dtype=self._dtype), T.lvector("y")
        layer = Dense(n_features, len(self.classes_), rng=rng, dtype=self._dtype, name="output")
        scores = float(self.steepness) * layer.linear(x)
        return self._of_scores(x, y, scores, [layer], None)


SPEC = ModelSpec(
    estimator=TinyClassifier,
    name="tiny",
    summary="the smallest classifier",
    source="section 0",
    load=load_data,
    report=SupervisedReport(),
    settings={"batch_size": 5},
)
'''
COMMANDS = """
from symgraph.models.cli import main
main(["list"])
settings = ["--steepness", "2", "--epochs", "3"]
main(["train", "tiny", "--data", "points.csv", *settings, "--save", "tiny.safetensors"])
main(["train", "--help"])
"""
USE = """
import sys
import symgraph.models as models
assert "sklearn" not in sys.modules and "matplotlib" not in sys.modules
assert "TinyClassifier" in models.__all__
model = models.load("tiny.safetensors")
assert type(model) is models.TinyClassifier
print(model.steepness, model.batch_size, model.max_iter, model.predict([[2.0, 2.0]]).tolist())
"""


@pytest.fixture
def python(tmp_path):
    """Runs Python in an empty folder with a copy of the package that has one model more."""
    copy = tmp_path / "site" / "symgraph"
    shutil.copytree(Path(symgraph.__file__).parent, copy)
    for part in ("backends", "models"):
        folder = Path(symgraph.models.__file__).parents[1] / part
        shutil.copytree(folder, copy / part, dirs_exist_ok=True)
    (copy / "models" / "linear" / "tiny.py").write_text(FILE)
    catalogue = copy / "models" / "catalogue.py"
    listed = catalogue.read_text()
    line = "MODELS: dict[str, str] = {\n"
    assert line in listed
    catalogue.write_text(listed.replace(line, f'{line}    "TinyClassifier": ".linear.tiny",\n'))
    environment = os.environ | {"PYTHONPATH": str(copy.parent)}

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            capture_output=True, text=True, cwd=tmp_path, env=environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_file_and_a_line_make_a_model(python, tmp_path):
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    points = np.where(labels[:, np.newaxis], 1.0, -1.0) + 0.1 * rng.normal(size=(60, 2))
    table = np.column_stack([labels, points])
    np.savetxt(tmp_path / "points.csv", table, delimiter=",", fmt="%g")

    output = python("-c", COMMANDS)
    assert output.startswith("tiny        the smallest classifier\n")
    assert "TinyClassifier, batches of 5, sgd at 0.1" in output
    assert "test error: 0.00 %" in output
    assert "factor of the scores (tiny) (default: 1)" in " ".join(output.split())
    assert python("-c", USE) == "2.0 5 3 [1]\n"
