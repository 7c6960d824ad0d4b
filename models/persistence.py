"""Models in files: safetensors, which hold tensors and text and never run anything.

Tensors are named "weights/NAME" (the best), "last/NAME" (weights and the optimiser's state behind
the last epoch). The header's metadata hold one JSON document under "symgraph", and a checksum of
it and of the tensors under "sha256".
"""

import hashlib
import importlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symgraph import config
from symgraph.graph.lazy import LazyModule

from .early_stopping import StoppingRule, rule_as_dict, rule_from_dict
from .errors import ModelFileError, ModelsError
from .history import History
from .settings import plain
from .training import Progress, put_back

if TYPE_CHECKING:
    from .trainable import Trainable

_safetensors = LazyModule("safetensors")
_safetensors_numpy = LazyModule("safetensors.numpy")

FORMAT = 1
_KEY, _CHECKSUM = "symgraph", "sha256"
# The models that a file may hold; a file can name no other class.
MODELS = {
    "CharRNN": ".language",
    "LSTMClassifier": ".lstm_classifier",
    "LeNet": ".convolutional",
    "LinearRegression": ".linear",
    "LogisticRegression": ".logistic",
    "MLPClassifier": ".mlp",
    "RBM": ".boltzmann",
}


def save(model: "Trainable", path: str | Path) -> None:
    """Write a built model. Another file at `path` is replaced in one step, or left as it was."""
    built = model._parts
    progress = built.progress
    tensors = {f"weights/{p.name}": p.get_value() for p in built.parameters}
    tensors |= {f"last/{name}": value for name, value in progress.last.items()}
    path = Path(path)
    try:
        document = json.dumps(_document(model))
    except TypeError as error:
        raise ModelFileError(path, f"classes or settings that text cannot hold: {error}") from None
    metadata = {_KEY: document, _CHECKSUM: checksum(document, tensors)}
    content = _safetensors_numpy.save(tensors, metadata=metadata)
    try:
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        try:
            with open(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(partial, 0o666 & ~_umask())
            os.replace(partial, path)
        except BaseException:
            os.unlink(partial)
            raise
    except OSError as error:
        raise ModelFileError(path, error.strerror or str(error)) from None


def load(path: str | Path) -> Any:
    """The estimator that `save` wrote, ready to predict and to `resume`.

    Raises `ModelFileError` for a file that is missing, damaged, or of another kind.
    """
    path = Path(path)
    document, tensors = _read(path)
    try:
        name = document["model"]
        module = importlib.import_module(MODELS[name], __package__)
        model = getattr(module, name)(**_settings_from(document["settings"]))
        classes = document["classes"]
        if classes is not None:
            classes = np.array(classes["labels"], classes["dtype"])
        # Models that follow `config.floatX` have the dtype of their time.
        with config.change_flags(floatX=document["dtype"]):
            model._rebuild(document["n_features"], classes)
        _restore(model, document["training"], tensors, path)
    except ModelFileError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, MemoryError, ModelsError) as error:
        raise ModelFileError(path, f"not a model that this version knows ({error!r})") from None
    return model


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if path.is_dir():
        raise ModelFileError(path, "a folder, not a model file")
    try:
        with _safetensors.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise ModelFileError(path, "no such file") from None
    except OSError as error:
        raise ModelFileError(path, error.strerror or str(error)) from None
    except _safetensors.SafetensorError as error:
        reason = f"damaged, truncated, or no safetensors file ({error})"
        raise ModelFileError(path, reason) from None
    if _KEY not in metadata:
        raise ModelFileError(path, "a safetensors file, but not one of symgraph's models")
    try:
        document = json.loads(metadata[_KEY])
        version = document["format"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelFileError(path, f"its description is damaged ({error})") from None
    if version != FORMAT:
        raise ModelFileError(path, f"of format {version}; this version reads format {FORMAT}")
    if metadata.get(_CHECKSUM) != checksum(metadata[_KEY], tensors):
        raise ModelFileError(path, "damaged: its content does not fit its checksum")
    return document, tensors


def checksum(document: str, tensors: dict[str, np.ndarray]) -> str:
    """SHA-256 of the description and of every tensor's name, dtype, shape and bytes (hex)."""
    digest = hashlib.sha256(document.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype.str} {tensor.shape}".encode())
        digest.update(tensor.tobytes())
    return digest.hexdigest()


def _document(model: "Trainable") -> dict[str, Any]:
    built = model._parts
    progress = built.progress
    classes = getattr(model, "classes_", None)
    if classes is not None:
        dtype = classes.dtype.str if classes.dtype.kind != "O" else "O"
        classes = {"labels": classes.tolist(), "dtype": dtype}
    return {
        "format": FORMAT,
        "model": type(model).__name__,
        "settings": {name: _plain(value) for name, value in model.get_params(deep=False).items()},
        "dtype": built.dtype,
        "n_features": model.n_features_in_,
        "classes": classes,
        "training": {
            "seed": built.seed,
            "steps": progress.steps,
            "history": progress.history.as_dict(),
            "rule": None if progress.rule is None else rule_as_dict(progress.rule),
            "rng": progress.rng.bit_generator.state,
        },
    }


def _plain(value: Any) -> Any:
    """A setting for JSON. Of a generator nothing is kept: its draws are in the weights."""
    if isinstance(value, StoppingRule):
        return {"rule": rule_as_dict(value)}
    if isinstance(value, (np.random.RandomState, np.random.Generator)):
        return None
    if isinstance(value, type) and issubclass(value, np.generic):
        return np.dtype(value).name
    return value.name if isinstance(value, np.dtype) else plain(value)


def _settings_from(settings: dict[str, Any]) -> dict[str, Any]:
    made = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            value = rule_from_dict(value["rule"])
        elif isinstance(value, list):
            value = tuple(value)
        made[name] = value
    return made


def _restore(
    model: "Trainable", training: dict[str, Any], tensors: dict[str, np.ndarray], path: Path
) -> None:
    """Put the tensors and the state of training into a model just built."""
    built = model._parts
    weights = _named(tensors, "weights/")
    last = _named(tensors, "last/")
    for variable in built.parameters:
        _check(variable, weights, path)
        variable.set_value(weights[str(variable.name)])
    if last:
        for variable in (*built.parameters, *built.state):
            _check(variable, last, path)
        put_back(built.state, last)
    rng = np.random.default_rng()
    rng.bit_generator.state = training["rng"]
    rule = None if training["rule"] is None else rule_from_dict(training["rule"])
    history = History(**training["history"])
    built.seed = training["seed"]
    built.progress = Progress(history, rule, rng, training["steps"], last, weights if last else {})
    model.history_ = history
    model.n_iter_ = history.epochs


def _named(tensors: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}


def _check(variable: Any, values: dict[str, np.ndarray], path: Path) -> None:
    name, wanted = str(variable.name), variable.get_value(borrow=True)
    if name not in values:
        raise ModelFileError(path, f"the weights {name} are missing")
    found = values[name]
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        raise ModelFileError(
            path,
            f"the weights {name} are {found.dtype} of shape {found.shape}, where this network has "
            f"{wanted.dtype} of shape {wanted.shape}",
        )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
