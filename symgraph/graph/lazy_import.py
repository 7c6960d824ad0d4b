"""Third-party modules that are imported when first used, so that `import symgraph` stays fast."""

import importlib
from types import ModuleType
from typing import Any

from symgraph.graph.forking import NoFork

# A child process would wait forever for a module that another thread was importing at the fork.
_importing = NoFork()


class LazyModule:
    """A stand-in for a module, which is imported when the first attribute is read."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        if self._module is None:
            with _importing:
                self._module = importlib.import_module(self._name)
        return getattr(self._module, attribute)
