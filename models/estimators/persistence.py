"""Models in files: safetensors, which hold tensors and text and never run anything.

Tensors are named "weights/NAME" (the best), "last/NAME" (weights and the optimiser's state behind
the last epoch). The header's metadata hold one JSON document under "symgraph", and a checksum of
it and of the tensors under "sha256".
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symgraph import SharedVariable, config
from symgraph.graph.lazy_import import LazyModule

from ..catalogue import estimator_class
from ..errors import ModelFileError, ModelsError
from ..files import open_ordinary, replace
from ..parts.initializers import shapes_known
from ..training.checkpoint import ParameterValues, Progress, put_back, values_of
from . import description
from .description import Describable, Description
from .model_parts import ModelParts

_safetensors = LazyModule("safetensors")
_safetensors_numpy = LazyModule("safetensors.numpy")

_KEY, _CHECKSUM = "symgraph", "sha256"
_BEST, _LAST = "weights/", "last/"


def save(model: Describable, path: str | Path) -> None:
    """Write a built model to an ordinary file: through a link, to the file it leads to.

    Another file there is replaced in one step, or left as it was. Raises `ModelFileError`.
    """
    built = model._parts
    best, last = values_of(built.parameters), built.progress.last
    for values in (best, last):
        _check_finite(built, values, path)
    tensors = {f"{_BEST}{name}": value for name, value in best.items()}
    tensors |= {f"{_LAST}{name}": value for name, value in last.items()}
    try:
        document = description.written(model)
    except TypeError as error:
        raise ModelFileError(path, f"classes or settings that text cannot hold: {error}") from None
    metadata = {_KEY: document, _CHECKSUM: checksum(document, tensors)}
    content = _safetensors_numpy.save(tensors, metadata=metadata)
    replace(path, lambda stream: stream.write(content), ModelFileError)


def load(path: str | Path) -> Any:
    """Return the estimator that `save` wrote, ready to predict and to `resume`.

    Raises `ModelFileError` for a file that is missing, unreadable, damaged, forged, or of another
    kind.

    >>> import tempfile
    >>> from symgraph.models import LinearRegression
    >>> model = LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(f"{folder}/line.safetensors")
    ...     again = load(f"{folder}/line.safetensors")
    >>> bool(again.predict([[4.0]])[0] == model.predict([[4.0]])[0])
    True
    """
    path = Path(path)
    document, tensors = _read(path)
    try:
        told = description.read(document)
        model = _built(told, tensors)
        _restore(model, told, tensors, path)
    except ModelFileError:
        raise
    except ModelsError as error:
        raise ModelFileError(path, f"not a model that this version knows: {error}") from error
    # The checksum is right, so somebody meant it to be so: forged settings and states can fail in
    # any way that building a model of them can.
    except Exception as error:
        reason = f"not a model that this version knows ({type(error).__name__}: {error})"
        raise ModelFileError(path, reason) from error
    return model


def _built(told: Description, tensors: ParameterValues) -> Any:
    """Return the model that a file tells of, with first weights, none beyond those that the file
    has."""
    model = estimator_class(told.model)(**told.settings)
    shapes = {name: tensor.shape for name, tensor in _named(tensors, _BEST).items()}
    # Models that follow `config.floatX` have the dtype of their time.
    if told.picture is not None:
        model._picture = told.picture
    with config.change_flags(floatX=told.dtype), shapes_known(shapes):
        model._rebuild(told.n_features, told.classes, told.n_outputs)
    if told.feature_names is not None:
        model.feature_names_in_ = told.feature_names
    if told.classes is not None and not np.array_equal(model.classes_, told.classes):
        raise ModelsError("its classes are not in order, or one of them is there twice")
    return model


def _read(path: Path) -> tuple[str, ParameterValues]:
    """Return the description and the tensors of a file whose checksum is right."""
    with open_ordinary(path, ModelFileError):
        pass
    try:
        with _safetensors.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if _KEY not in metadata:
                raise ModelFileError(path, "a safetensors file, but not one of symgraph's models")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except ModelFileError:
        raise
    except OSError as error:
        raise ModelFileError(path, error.strerror or str(error)) from None
    # Beside its own error, safetensors passes on what NumPy says of dtypes that it does not have.
    except Exception as error:
        reason = f"damaged, truncated, or no safetensors file ({error})"
        raise ModelFileError(path, reason) from None
    if metadata.get(_CHECKSUM) != checksum(metadata[_KEY], tensors):
        raise ModelFileError(path, "damaged: its content does not fit its checksum")
    return metadata[_KEY], tensors


def checksum(document: str, tensors: ParameterValues) -> str:
    """Return SHA-256 of the description and of every tensor's name, dtype, shape and bytes
    (hex)."""
    digest = hashlib.sha256(document.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype.str} {tensor.shape}".encode())
        digest.update(tensor.tobytes())
    return digest.hexdigest()


def _restore(model: Describable, told: Description, tensors: ParameterValues, path: Path) -> None:
    """Put the tensors and the state of training into a model just built."""
    built = model._parts
    best, last = _named(tensors, _BEST), _named(tensors, _LAST)
    everything = [*built.parameters, *built.state]
    _check(built.parameters, best, path)
    if last:
        _check(everything, last, path)
    if others := tensors.keys() - {_BEST + n for n in best} - {_LAST + n for n in last}:
        raise ModelFileError(path, f"it holds {min(others)}, which is no part of a model")
    for values in (best, last):
        _check_finite(built, values, path)
    put_back(built.parameters, best)
    if last:
        put_back(built.state, last)
    history = told.history
    built.seed = told.seed
    built.progress = Progress(history, told.rule, told.rng, told.steps, last, best if last else {})
    model.history_ = history
    model.n_iter_ = history.epochs


def _named(tensors: ParameterValues, prefix: str) -> ParameterValues:
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}


def _check(variables: Sequence[SharedVariable], values: ParameterValues, path: Path) -> None:
    """Raise unless the values are those of the variables, in their dtypes and shapes, and no
    more."""
    wanted = {str(variable.name): variable.get_value(borrow=True) for variable in variables}
    if missing := wanted.keys() - values.keys():
        raise ModelFileError(path, f"the weights {min(missing)} are missing")
    if others := values.keys() - wanted.keys():
        raise ModelFileError(path, f"it holds weights {min(others)}, which this network has not")
    for name, value in wanted.items():
        found = values[name]
        if found.shape != value.shape or found.dtype != value.dtype:
            raise ModelFileError(
                path,
                f"the weights {name} are {found.dtype} of shape {found.shape}, where this network "
                f"has {value.dtype} of shape {value.shape}",
            )


def _check_finite(built: ModelParts, values: ParameterValues, path: str | Path) -> None:
    for variable in built.parameters:
        name = str(variable.name)
        if name in values and not np.isfinite(values[name]).all():
            raise ModelFileError(path, f"the weights {name} are not finite")
