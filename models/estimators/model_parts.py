"""The parts of a model that was built: weights, what else training changes, where it stands."""

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

from symgraph import Function, SharedVariable
from symgraph.compile import default_mode

from ..errors import ParameterError
from ..training.checkpoint import ParameterValues, Progress, values_of


class ModelParts:
    """Hold the weights `parameters`, the rest of what training changes, `state`, and the functions
    that were compiled of them. Every variable has a name of its own.

    `settings` are those that the parts were made of, `seed` decides everything that is random,
    `progress` is where training stands.
    """

    def __init__(
        self,
        parameters: Sequence[SharedVariable],
        state: Sequence[SharedVariable],
        settings: dict[str, Any],
        seed: int,
        progress: Progress,
    ) -> None:
        self.parameters = tuple(parameters)
        self.state = list(state)
        self.settings = settings
        self.seed = seed
        self.progress = progress
        self._functions: dict[tuple[str, str], Function] = {}

    @property
    def dtype(self) -> str:
        """That of the weights."""
        return self.settings["dtype"]

    def compiled(self, name: str, mode: str | None, make: Callable[[], Function]) -> Function:
        """Return the function of this name for this back end, made when first asked for."""
        key = (name, mode or default_mode())
        if key not in self._functions:
            self._functions[key] = make()
        return self._functions[key]

    def without_functions(self) -> Self:
        """Return the same parts, without compiled functions."""
        other = copy.copy(self)
        other._functions = {}
        return other

    def adopt(self, old: "ModelParts") -> None:
        """Go on from the weights and the state of training of `old`.

        The state is kept where there is one of the same name and shape. Raises `ParameterError`
        where the old weights do not fit these.
        """
        weights = values_of(old.parameters)
        for variable in self.parameters:
            name, shape = str(variable.name), variable.get_value(borrow=True).shape
            if name not in weights or weights[name].shape != shape:
                self._refuse(old, f"there are no weights {name} of shape {shape}")
        if len(weights) > len(self.parameters):
            self._refuse(old, "some of the weights have no place any more")
        everything = [*self.parameters, *self.state]
        progress = old.progress.copy()
        # Others hold the history.
        progress.history = old.progress.history
        progress.best = _fitted(progress.best, self.parameters)
        if progress.last:
            progress.last = values_of(everything) | _fitted(progress.last, everything)
        current = weights | values_of(old.state)
        for name, value in _fitted(current, everything).items():
            next(v for v in everything if v.name == name).set_value(value)
        self.progress = progress

    def _refuse(self, old: "ModelParts", reason: str) -> None:
        changed = [name for name, value in self.settings.items() if value != old.settings[name]]
        raise ParameterError(
            f"{', '.join(changed)} changed since the model was built, and its weights do not fit "
            f"({reason}); fit it anew, without warm_start"
        )


def _fitted(values: ParameterValues, variables: Iterable[SharedVariable]) -> ParameterValues:
    """Return those of the values that have a variable of their name and shape, in its dtype."""
    fitted = {}
    for variable in variables:
        name, own = str(variable.name), variable.get_value(borrow=True)
        if name in values and values[name].shape == own.shape:
            fitted[name] = values[name].astype(own.dtype)
    return fitted
