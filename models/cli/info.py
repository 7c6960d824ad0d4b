"""`symgraph info`: what is installed, and what it will run on; or what a saved model is."""

import argparse
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import symgraph
from symgraph.compile import available, default_mode, get_backend

from ..estimators.persistence import load

SUMMARY = "versions, processor, back ends and what they compute with; or what a saved model is"

_PACKAGES = ("numpy", "scipy", "networkx")
# What `pip install 'symgraph[models]'` brings.
_EXTRAS = ("scikit-learn", "matplotlib", "pillow", "safetensors", "tqdm", "mlxtend")
_FLAGS = ("device", "mode", "floatX")
_CPUINFO = Path("/proc/cpuinfo")
_INDENT = 14


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add a model, if that is asked about."""
    parser.add_argument(
        "model", metavar="FILE", type=Path, nargs="?", help="saved by symgraph train"
    )


def run(options: argparse.Namespace) -> int:
    """Print the report."""
    print(report() if options.model is None else describe(load(options.model)))
    return 0


def describe(model: Any) -> str:
    """Return what a model is: its settings, weights, classes or characters, and how it was
    trained."""
    settings = (f"{name}={value!r}" for name, value in model.get_params(deep=False).items())
    weights = model.parameters
    shapes = (f"{p.name} {tuple(p.get_value(borrow=True).shape)}" for p in weights)
    count = sum(p.get_value(borrow=True).size for p in weights)
    lines = [
        _line("model", type(model).__name__),
        _line("settings", ", ".join(settings)),
        _line("weights", f"{count:,} of {weights[0].type.dtype}: {', '.join(shapes)}"),
        _line("reads", f"{model.n_features_in_} {_read_by(model)}"),
    ]
    history = model.history_
    lines.append(_line("trained for", f"{history.epochs} epochs, {sum(history.seconds):.1f} s"))
    if history.epochs:
        errors = (f", {name} error {told[-1]:.4g}" for name, told in history.errors.items())
        lines.append(_line("last epoch", f"cost {history.cost[-1]:.4g}{''.join(errors)}"))
    if history.best_epoch and history.best_epoch != history.epochs:
        lines.append(_line("weights of", f"epoch {history.best_epoch}"))
    return "\n".join(lines)


def _read_by(model: Any) -> str:
    if hasattr(model, "alphabet_"):
        return f"different characters: {model.alphabet_.characters!r}"
    if hasattr(model, "classes_"):
        return f"features, tells {', '.join(map(str, model.classes_))} apart"
    return "features"


def report() -> str:
    """Return all lines of `symgraph info`."""
    python = f"{platform.python_version()} ({platform.python_implementation()})"
    lines = [
        _line("symgraph", symgraph.__version__),
        _line("Python", f"{python} on {platform.system()} {platform.machine()}"),
        _line("processor", f"{processor_name()}, {_cores()} to use"),
        _line("packages", _versions(_PACKAGES)),
        _line("for models", _versions(_EXTRAS)),
        "",
        "back ends (* compiles unless another is asked for)",
    ]
    # What OpenCL needs that is not installed is told, too.
    for name in sorted({*available(), "opencl"}):
        mark = "*" if name == default_mode().partition(":")[0] else " "
        described = iter(_describe(name))
        lines.append(_line(f"{mark} {name}", next(described)))
        lines.extend(" " * _INDENT + part for part in described)
    flags = ", ".join(f"{name}={getattr(symgraph.config, name)}" for name in _FLAGS)
    return "\n".join([*lines, "", _line("settings", flags)])


def processor_name() -> str:
    """Return the processor as its maker calls it, where the system tells."""
    try:
        for line in _CPUINFO.read_text(errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in ("model name", "Model") and value.strip():
                return " ".join(value.split())
    except OSError:
        pass
    return platform.processor() or platform.machine() or "unknown"


def _cores() -> str:
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    return f"{count} core" + "s" * (count != 1)


def _versions(packages: tuple[str, ...]) -> str:
    return ", ".join(f"{package} {_version(package)}" for package in packages)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _describe(backend: str) -> list[str]:
    """Return a line for each thing the back end tells; why, where it cannot be used here."""
    try:
        told = get_backend(backend).info()
    # A third party's back end may fail in any way; the report names it and goes on.
    except Exception as error:
        return [f"cannot be used here: {' '.join(str(error).split()) or type(error).__name__}"]
    return [f"{key}: {value}" for key, value in told.items()] or ["ready"]


def _line(name: str, text: str) -> str:
    return f"{name:<{_INDENT}}{text}"
