"""Commands run as from a shell, in an empty folder."""

import pytest
from symgraph.models.cli import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Commands run in this empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys, folder):
    """Runs a command that succeeds; its output."""

    def call(*arguments, code=0):
        assert main([str(argument) for argument in arguments]) == code
        output = capsys.readouterr()
        assert output.err == ""
        return output.out

    return call


@pytest.fixture
def fails(capsys, folder):
    """Runs a command that fails: with one line on standard error, which is returned."""

    def call(*arguments, code=1):
        try:
            found = main([str(argument) for argument in arguments])
        except SystemExit as end:
            found = end.code
        error = capsys.readouterr().err
        assert found == code, error
        assert error.endswith("\n")
        assert error.count("\n") == 1, error
        return error

    return call
