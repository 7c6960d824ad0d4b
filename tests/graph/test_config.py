"""Flags: where they come from, and what is said of wrong ones."""

import os
import subprocess
import sys
import threading

import pytest

from symgraph.graph import ConfigError, config


def flags_in_a_new_process(expression: str, tmp_path, flags: str = "", rc: str | None = None):
    path = tmp_path / "symgraphrc"
    if rc is not None:
        path.write_text(rc)
    environment = os.environ | {"SYMGRAPH_FLAGS": flags, "SYMGRAPHRC": str(path)}
    code = f"from symgraph.graph import config; print({expression})"
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


def test_the_environment_overrides_the_file(tmp_path):
    rc = "[global]\nfloatX = float16\nmode = reference\n"
    done = flags_in_a_new_process("config.floatX, config.mode", tmp_path, "floatX=float32", rc)
    assert done.stdout.strip() == "float32 reference", done.stderr


@pytest.mark.parametrize(
    ("flags", "rc", "message"),
    [
        ("floatx=float32", None, "SYMGRAPH_FLAGS: there is no flag 'floatx'; the flags are"),
        ("floatX", None, "SYMGRAPH_FLAGS: 'floatX' is not of the form flag=value"),
        ("floatX=int8", None, "'int8' is no value for the flag 'floatX'; it takes one of"),
        (
            "cache_limit=much",
            None,
            "'much' is no value for the flag 'cache_limit'; it takes a",
        ),
        ("", "[global]\ndevices = cuda\n", "symgraphrc: there is no flag 'devices'"),
        ("", "no section", "symgraphrc: not a readable ini file"),
    ],
)
def test_wrong_flags_are_refused_with_their_source(tmp_path, flags, rc, message):
    done = flags_in_a_new_process("config.floatX", tmp_path, flags, rc)
    assert done.returncode == 1
    assert message in done.stderr


def test_change_flags_ends_with_its_block_and_with_an_error():
    before = config.floatX
    with pytest.raises(KeyError), config.change_flags(floatX="float16"):
        assert config.floatX == "float16"
        raise KeyError
    assert config.floatX == before


def test_change_flags_decorates_a_function():
    @config.change_flags(floatX="float16")
    def inside():
        return config.floatX

    assert (inside(), inside(), config.floatX) == ("float16", "float16", "float64")


def test_change_flags_belongs_to_its_thread():
    seen = []
    with config.change_flags(floatX="float16"):
        thread = threading.Thread(target=lambda: seen.append(config.floatX))
        thread.start()
        thread.join()
    assert seen == ["float64"]


def test_an_unknown_flag_is_named():
    with pytest.raises(AttributeError, match="config has no flag 'devices'"):
        _ = config.devices
    with pytest.raises(ConfigError, match="config: there is no flag 'devices'"):
        config.devices = "gpu"
    with pytest.raises(ConfigError, match="change_flags: there is no flag 'devices'"):
        config.change_flags(devices="gpu").__enter__()
