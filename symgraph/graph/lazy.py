"""Third-party modules that are imported when first used, so that `import symgraph` stays fast."""

import importlib
from types import ModuleType
from typing import Any


class LazyModule:
    """Stands for a module; the first attribute taken from it imports it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        if self._module is None:
            self._module = importlib.import_module(self._name)
        return getattr(self._module, attribute)
