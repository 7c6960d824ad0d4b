"""Programs written for Theano 1.0 run as they stand; each also passes with Theano itself.

They run in processes of their own: Theano's habits, once adopted, hold for a whole process.
"""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = sorted(Path(__file__).parent.joinpath("theano_programs").glob("*.py"))


def run(*arguments, **options):
    command = [sys.executable, "-m", "symgraph.compat.theano", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_for_theano_runs_as_it_stands(program):
    done = run(program)
    assert done.returncode == 0, done.stderr


def test_a_script_finds_its_arguments_its_neighbours_and_its_name(tmp_path):
    tmp_path.joinpath("neighbour.py").write_text("import theano\nmade = theano.shared(3)\n")
    tmp_path.joinpath("script.py").write_text(
        "import sys, neighbour\n"
        "print(sys.argv, __name__, neighbour.made.get_value(), sys.argv[0] == __file__)\n"
    )
    done = run(tmp_path / "script.py", "-a", "b")
    assert done.stdout.split(" ", 1)[1] == "'-a', 'b'] __main__ 3 True\n", done.stderr


def test_a_module_runs_after_dash_m(tmp_path):
    tmp_path.joinpath("program.py").write_text(
        "import sys, theano\nprint(theano.config.floatX, sys.argv[1:], __name__)\n"
    )
    assert run("-m", "program", "1", cwd=tmp_path).stdout == "float64 ['1'] __main__\n"


@pytest.mark.parametrize(("arguments", "told"), [((), "usage"), (("none.py",), "no such file")])
def test_what_cannot_be_run_is_told(arguments, told):
    done = run(*arguments)
    assert done.returncode == 2
    assert told in done.stderr


def test_errors_of_a_script_end_it_as_python_does(tmp_path):
    tmp_path.joinpath("script.py").write_text("import theano\nraise SystemExit(7)\n")
    assert run(tmp_path / "script.py").returncode == 7


def test_the_report_of_an_error_begins_in_the_script(tmp_path):
    tmp_path.joinpath("script.py").write_text("def fail():\n    return 1 / 0\n\n\nfail()\n")
    done = run(tmp_path / "script.py")
    direct = subprocess.run(
        [sys.executable, tmp_path / "script.py"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1
    assert done.stderr == direct.stderr
    tmp_path.joinpath("wrong.py").write_text("x = (1\n")
    assert run(tmp_path / "wrong.py").stderr.startswith(f'  File "{tmp_path / "wrong.py"}", line 1')


def test_flags_of_theano_are_read_from_the_environment_and_files(tmp_path, monkeypatch):
    tmp_path.joinpath("rc").write_text(
        "[global]\nfloatX = float16\nexception_verbosity = high\n[blas]\nldflags = -lblas\n"
    )
    tmp_path.joinpath("script.py").write_text(
        "from theano import config\n"
        "print(config.floatX, config.exception_verbosity, config.blas.ldflags, config.linker)\n"
    )
    monkeypatch.setenv("THEANORC", str(tmp_path / "rc"))
    monkeypatch.setenv("THEANO_FLAGS", "floatX=float32,linker=py,device=cuda0")
    assert run(tmp_path / "script.py").stdout == "float32 high -lblas py\n"
    monkeypatch.setenv("THEANO_FLAGS", "floatX=int8")
    assert "int8" in run(tmp_path / "script.py").stderr


@pytest.mark.parametrize(
    ("device", "native"),
    [("cpu", "cpu"), ("cuda0", "cpu"), ("opencl", "opencl"), ("opencl0:1", "opencl:0:1")],
)
def test_theanos_names_of_devices_lead_to_those_of_opencl(tmp_path, monkeypatch, device, native):
    tmp_path.joinpath("script.py").write_text(
        "from theano import config\n"
        "from theano.compile.mode import get_default_mode\n"
        "import symgraph\n"
        "chosen = get_default_mode().name, get_default_mode().clone().name\n"
        "print(config.device, symgraph.config.device, *chosen)\n"
    )
    monkeypatch.setenv("THEANO_FLAGS", f"device={device}")
    mode = "llvm" if native == "cpu" else native
    assert run(tmp_path / "script.py").stdout == f"{device} {native} {mode} {mode}\n"


def test_flags_of_a_program_s_own_are_read_and_checked(tmp_path, monkeypatch):
    tmp_path.joinpath("script.py").write_text(
        "import theano\n"
        "from theano.configparser import AddConfigVar, BoolParam, EnumStr, IntParam\n"
        "AddConfigVar('mine.count', 'an example', IntParam(3, lambda n: n > 0))\n"
        "AddConfigVar('mine.on', 'an example', BoolParam(True))\n"
        "AddConfigVar('mine.kind', 'an example', EnumStr('a', 'b'))\n"
        "print(theano.config.mine.count, theano.config.mine.on, theano.config.mine.kind)\n"
        "for name, value in (('count', 0), ('on', 'perhaps'), ('kind', 'c')):\n"
        "    try:\n        setattr(theano.config.mine, name, value)\n"
        "    except ValueError:\n        print('refused')\n"
        "theano.config.mine.count = '7'\n"
        "print(theano.config.mine.count)\n"
    )
    refused = "refused\n" * 3
    assert run(tmp_path / "script.py").stdout == f"3 True a\n{refused}7\n"
    monkeypatch.setenv("THEANO_FLAGS", "mine.count=5,mine.on=false,mine.kind=b")
    assert run(tmp_path / "script.py").stdout == f"5 False b\n{refused}7\n"
    monkeypatch.setenv("THEANO_FLAGS", "mine.count=-5")
    assert "ValueError" in run(tmp_path / "script.py").stderr


def test_another_theano_that_is_imported_stays(tmp_path):
    tmp_path.joinpath("theano.py").write_text("other = 1\n")
    code = (
        "import theano\n"
        "from symgraph.compat.theano import install\n"
        "try:\n    install()\nexcept ImportError as error:\n    print(error)\n"
        "import sys; print(theano.other, len([f for f in sys.meta_path if 'Theano' in repr(f)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=300
    )
    told, kept = done.stdout.splitlines()
    assert "a module named theano is already imported" in told and str(tmp_path) in told
    assert kept == "1 0"
