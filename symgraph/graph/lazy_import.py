"""Third-party modules that are imported when first used, so that `import symgraph` stays fast."""

import importlib
from types import ModuleType
from typing import Any

from symgraph.graph.forking import NoFork

# Of a module that another thread was importing, a child process would wait for the end.
_importing = NoFork()


class LazyModule:
    """Stands for a module; the first attribute taken from it imports it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        if self._module is None:
            with _importing:
                self._module = importlib.import_module(self._name)
        return getattr(self._module, attribute)
