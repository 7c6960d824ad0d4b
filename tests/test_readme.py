"""The README's programs run, in the order in which they stand."""

import re
from pathlib import Path

import numpy as np

import symgraph as sg

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_the_programs_run(tmp_path, monkeypatch, capsys):
    text = README.read_text()
    (tmp_path / "README.md").write_text(text)
    monkeypatch.chdir(tmp_path)
    names = {}
    blocks = BLOCK.findall(text)
    assert len(blocks) >= 5
    for block in blocks:
        # Trained no longer than it takes to know that it works.
        exec(re.sub(r"max_iter=\d+", "max_iter=1", block), names)
    assert (tmp_path / "digits.safetensors").exists()
    assert 0.5 < float(capsys.readouterr().out.split()[0]) < 1
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(names["rows"](x), np.tanh(x) * x[:, ::-1])
    assert names["J"](x[0]).shape == (3, 3)
    assert names["positive"](x) == 3
    assert isinstance(names["step"], sg.Function)


def test_the_cost_that_is_shown_is_right():
    """Of ten classes that are as likely."""
    (shown,) = re.findall(r"one native call: ([\d.]+)\.\.\.", README.read_text())
    assert abs(float(shown) - np.log(10)) < 1e-6


def test_the_error_that_is_shown_is_told_so(tmp_path):
    (message,) = re.findall(r"```\n(ValueError: dot:.*?)```", README.read_text(), re.DOTALL)
    x, v = sg.tensor.matrix("x"), sg.tensor.vector("v")
    f = sg.function([x, v], sg.tensor.dot(x, v))
    try:
        f(np.zeros((2, 2)), np.zeros(3))
    except ValueError as error:
        told = re.sub(r"created at .*", "", f"ValueError: {error}\n")
    assert told == re.sub(r"created at .*", "", message)
