"""`theano.compile.mode`: modes, which choose a back end and leave rewriting rules out."""

from typing import Any

from symgraph.compat.theano.configdefaults import config
from symgraph.compat.theano.lookup import resolver
from symgraph.compile import default_mode, get_backend
from symgraph.compile.backends import Executable
from symgraph.graph import FunctionGraph
from symgraph.graph import config as native
from symgraph.rewrite import rule_names

__getattr__, __dir__ = resolver(__name__)

# Theano's linkers; each runs what symgraph's back ends run, those that run Python the reference.
predefined_linkers = {
    "py": "reference",
    "c": "llvm",
    "c|py": "llvm",
    "c|py_nogc": "llvm",
    "vm": "llvm",
    "cvm": "llvm",
    "vm_nogc": "llvm",
    "cvm_nogc": "llvm",
}
# Theano's optimizers; the value is symgraph's flag `optimizer`.
predefined_optimizers = {
    None: "None",
    "None": "None",
    "merge": "None",
    "o1": "fast_run",
    "o2": "fast_run",
    "o3": "fast_run",
    "o4": "fast_run",
    "fast_run": "fast_run",
    "fast_run_stable": "fast_run",
    "fast_compile": "fast_run",
    "stabilize": "fast_run",
    "unsafe": "fast_run",
}


class Mode:
    """Choose how a function is compiled, as `function(mode=...)` takes it.

    linker: one of Theano's names in `predefined_linkers`; 'py' runs symgraph's reference back end,
        all others its LLVM back end; None for that of the configuration.
    optimizer: one of Theano's names in `predefined_optimizers`; None and 'merge' leave the graph as
        it is written. The tags of `including`, `excluding` and `requiring` that are names of
        symgraph's rules count; the names of Theano's rules are kept without an effect.
    Raises ValueError for an unknown name.

    >>> from symgraph.compat.theano.compile.mode import Mode
    >>> mode = Mode("py", "fast_run").excluding("fusion")
    >>> mode.name, mode.excluded
    ('reference', ('fusion',))
    """

    def __init__(self, linker: Any = None, optimizer: Any = "default") -> None:
        self.provided_linker = linker
        self.provided_optimizer = optimizer
        linker = config.linker if linker is None else linker
        optimizer = config.optimizer if optimizer == "default" else optimizer
        if isinstance(linker, str) and linker not in predefined_linkers:
            raise ValueError(f"there is no linker {linker!r}; {_among(predefined_linkers)}")
        if isinstance(optimizer, str) and optimizer not in predefined_optimizers:
            raise ValueError(
                f"there is no optimizer {optimizer!r}; {_among(predefined_optimizers)}"
            )
        self.linker = linker
        self.optimizer = optimizer
        self.included: tuple[str, ...] = ()
        self.excluded: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the back end that compiles."""
        if config.linker != "py" and self.provided_linker is None:
            return default_mode()
        return predefined_linkers.get(self.linker, default_mode())

    def compile(self, graph: FunctionGraph, name: str) -> Executable:
        """Return the compiled graph: see `symgraph.compile.backends.Backend`."""
        return get_backend(self.name).compile(graph, name)

    def info(self) -> dict[str, str]:
        """Return what the back end says of itself."""
        return get_backend(self.name).info()

    def flags(self) -> dict[str, str]:
        """Return symgraph's flags of rewriting under which the mode compiles."""
        found = {"optimizer": predefined_optimizers.get(self.optimizer, "fast_run")}
        known = [tag for tag in self.excluded if tag in rule_names()]
        if known:
            before = [native.optimizer_excluding] if native.optimizer_excluding else []
            found["optimizer_excluding"] = ":".join([*before, *known])
        return found

    def including(self, *tags: str) -> "Mode":
        """Return a mode that also applies rules of these names."""
        return self._changed(tags, ())

    def excluding(self, *tags: str) -> "Mode":
        """Return a mode that leaves out rules of these names."""
        return self._changed((), tags)

    def requiring(self, *tags: str) -> "Mode":
        """Return a mode that applies only rules of all these names; here as `including`."""
        return self._changed(tags, ())

    def register(self, *rules: Any) -> "Mode":
        """Raise TypeError: Theano's rules are no rules of symgraph."""
        raise TypeError(
            "Mode.register takes Theano's rewriting rules, which symgraph does not run; write rules"
            " with symgraph.rewrite.patterns"
        )

    def clone(self, link_kwargs: Any = None, optimizer: Any = "", **kwargs: Any) -> "Mode":
        """Return a mode of the same linker, and of another optimizer if one is given."""
        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__)
        if optimizer != "":
            made.optimizer = made.provided_optimizer = optimizer
        return made

    def _changed(self, included: tuple[str, ...], excluded: tuple[str, ...]) -> "Mode":
        made = self.clone()
        made.included = (*(tag for tag in self.included if tag not in excluded), *included)
        made.excluded = (*(tag for tag in self.excluded if tag not in included), *excluded)
        return made

    def __repr__(self) -> str:
        return f"{type(self).__name__}(linker={self.linker!r}, optimizer={self.optimizer!r})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), str(self.linker), str(self.optimizer)))


def _among(names: Any) -> str:
    return f"it is one of {', '.join(str(name) for name in names)}"


FAST_COMPILE = Mode("vm", "fast_compile")
FAST_RUN = Mode("cvm", "fast_run")
predefined_modes: dict[str, Any] = {"FAST_COMPILE": FAST_COMPILE, "FAST_RUN": FAST_RUN}


def get_mode(mode: Any) -> Any:
    """Return the mode of a name; a mode, or a back end of symgraph's, is returned as it is.

    mode: a name, a mode, or None for that of the configuration.
    Raises ValueError for an unknown name.

    >>> from symgraph.compat.theano.compile.mode import get_mode
    >>> get_mode("FAST_RUN").linker
    'cvm'
    """
    if mode is not None and not isinstance(mode, str):
        return mode
    name = config.mode if mode is None else mode
    if name == "Mode":
        return Mode(None, config.optimizer)
    if name == "DEBUG_MODE":
        name = "DebugMode"
    if name in predefined_modes:
        found = predefined_modes[name]
        return found() if isinstance(found, type) else found
    try:
        return get_backend(name)
    except ValueError:
        raise ValueError(
            f"there is no mode {name!r}; it is one of {', '.join(predefined_modes)}, or of"
            " symgraph's back ends"
        ) from None


def get_default_mode() -> Any:
    """Return the mode of the configuration.

    >>> from symgraph.compat.theano.compile.mode import get_default_mode
    >>> get_default_mode().excluding("fusion").excluded
    ('fusion',)
    """
    return get_mode(None)


def register_mode(name: str, mode: Any) -> None:
    """Give a mode a name, by which functions then take it.

    name, mode: the name, which no other mode has, and the mode.
    Raises ValueError for a name that is taken.

    >>> from symgraph.compat.theano.compile.mode import Mode, get_mode, register_mode
    >>> register_mode("plain", Mode("py", None))
    >>> get_mode("plain").optimizer is None
    True
    """
    if name in predefined_modes:
        raise ValueError(f"Mode name already taken: {name}")
    predefined_modes[name] = mode
