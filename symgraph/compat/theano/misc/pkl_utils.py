"""`theano.misc.pkl_utils`: models on disk, and pickles of former versions."""

import io
import pickle
import sys
import zipfile
from pickle import DEFAULT_PROTOCOL as DEFAULT_PROTOCOL
from pickle import HIGHEST_PROTOCOL as HIGHEST_PROTOCOL
from typing import Any, BinaryIO

import numpy as np

from symgraph.compat.theano.lookup import resolver
from symgraph.graph import SharedVariable, Variable

__getattr__, __dir__ = resolver(__name__)

_RECURSION = 3000


class CompatUnpickler(pickle.Unpickler):
    """Read pickles that Python 2 wrote: text is decoded as latin1.

    >>> from symgraph.compat.theano.misc.pkl_utils import CompatUnpickler
    >>> import io, pickle
    >>> CompatUnpickler(io.BytesIO(pickle.dumps([1]))).load()
    [1]
    """

    def __init__(self, file: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(file, *args, **{"encoding": "latin1", **kwargs})


class StripPickler(pickle.Pickler):
    """Write a pickle of variables without what helps only to find errors: their lines of creation.

    file, protocol: as for `pickle.Pickler`. extra_tag_to_remove: Theano's; tags are not pickled.

    >>> from symgraph.compat.theano.misc.pkl_utils import StripPickler
    >>> import io, pickle
    >>> file = io.BytesIO()
    >>> StripPickler(file, protocol=2).dump(T.dscalar("x"))
    >>> pickle.loads(file.getvalue())
    x
    """

    def __init__(
        self, file: Any, protocol: int = 0, extra_tag_to_remove: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(file, protocol, **kwargs)

    def reducer_override(self, obj: Any) -> Any:
        """Return how an object is pickled; a free variable without its line."""
        if type(obj) is Variable and obj.owner is None:
            function, (*arguments, _) = obj.__reduce__()
            return function, (*arguments, None)
        return NotImplemented


class PersistentNdarrayID:
    """Put arrays in a file of their own within a zip file, and return a name for each.

    zip_file: a `zipfile.ZipFile` to write to.
    """

    def __init__(self, zip_file: zipfile.ZipFile) -> None:
        self.zip_file = zip_file
        self.count = 0
        self.seen: dict[int, tuple[str, Any]] = {}

    def __call__(self, obj: Any) -> str | None:
        """Return the name of an array; None for other objects."""
        if type(obj) is not np.ndarray or obj.dtype.hasobject:
            return None
        if id(obj) not in self.seen:
            name = self._name(obj)
            self.write(name, obj)
            self.seen[id(obj)] = (f"ndarray.{name}", obj)
        return self.seen[id(obj)][0]

    def _name(self, obj: Any) -> str:
        self.count += 1
        return f"array_{self.count - 1}"

    def write(self, name: str, array: np.ndarray) -> None:
        """Write an array to the zip file under a name."""
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, array, allow_pickle=False)
        self.zip_file.writestr(name, buffer.getvalue())


class PersistentSharedVariableID(PersistentNdarrayID):
    """Put arrays in a zip file, those of named shared variables under these names.

    zip_file: see `PersistentNdarrayID`. allow_unnamed: whether shared variables may have no name.
    allow_duplicates: whether several may have one name.
    """

    def __init__(
        self, zip_file: zipfile.ZipFile, allow_unnamed: bool = True, allow_duplicates: bool = True
    ) -> None:
        super().__init__(zip_file)
        self.allow_unnamed = allow_unnamed
        self.allow_duplicates = allow_duplicates
        self.names: dict[int, str] = {}
        self.taken: set[str] = set()

    def __call__(self, obj: Any) -> str | None:
        """Return the name of an array, and take note of the name of a shared variable. Raises
        ValueError for a variable without a name, or one that has a taken name, if not allowed."""
        if isinstance(obj, SharedVariable):
            self._note(obj)
        return super().__call__(obj)

    def _note(self, variable: SharedVariable) -> None:
        if variable.name is None:
            if not self.allow_unnamed:
                raise ValueError(f"The shared variable {variable} has no name")
            return
        key = id(variable.get_value(borrow=True))
        if key in self.names:
            return
        name = variable.name
        if name in self.taken:
            if not self.allow_duplicates:
                raise ValueError(f"multiple shared variables with name `{name}` found")
            number = 2
            while f"{name}_{number}" in self.taken:
                number += 1
            name = f"{name}_{number}"
        self.taken.add(name)
        self.names[key] = name

    def _name(self, obj: Any) -> str:
        return self.names.get(id(obj)) or super()._name(obj)


class PersistentNdarrayLoad:
    """Read the arrays that `PersistentNdarrayID` put in a zip file.

    zip_file: a `zipfile.ZipFile` to read from.
    """

    def __init__(self, zip_file: zipfile.ZipFile) -> None:
        self.zip_file = zip_file
        self.cache: dict[str, np.ndarray] = {}

    def __call__(self, persid: str) -> np.ndarray:
        """Return the array of a name."""
        name = persid.split(".", 1)[1]
        if name not in self.cache:
            data = io.BytesIO(self.zip_file.read(name))
            self.cache[name] = np.lib.format.read_array(data, allow_pickle=False)
        return self.cache[name]


def dump(
    obj: Any,
    file_handler: BinaryIO,
    protocol: int = DEFAULT_PROTOCOL,
    persistent_id: Any = PersistentSharedVariableID,
) -> None:
    """Write an object to a zip file, its arrays as `.npy` files that NumPy reads by themselves.

    obj: anything that pickle takes. file_handler: a file open for writing in binary mode.
    protocol: pickle's. persistent_id: makes what names the arrays.

    >>> from symgraph.compat.theano.misc.pkl_utils import dump, load
    >>> import io
    >>> file = io.BytesIO()
    >>> dump(sg.shared(np.ones(2), name="w"), file)
    >>> _ = file.seek(0)
    >>> np.load(file)["w"], load(file).get_value()
    (array([1., 1.]), array([1., 1.]))
    """
    with zipfile.ZipFile(file_handler, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as zip_file:
        name_of = persistent_id(zip_file)
        buffer = io.BytesIO()

        class Pickler(pickle.Pickler):
            def persistent_id(self, obj: Any) -> Any:
                return name_of(obj)

        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _RECURSION))
        try:
            Pickler(buffer, protocol).dump(obj)
        finally:
            sys.setrecursionlimit(limit)
        zip_file.writestr("pkl", buffer.getvalue())


def load(f: BinaryIO, persistent_load: Any = PersistentNdarrayLoad) -> Any:
    """Read an object that `dump` wrote.

    f: a file open for reading in binary mode. persistent_load: makes what reads the arrays.
    Raises KeyError for a file without an object. As with every pickle, read only files you trust.

    >>> from symgraph.compat.theano.misc.pkl_utils import dump, load
    >>> import io
    >>> file = io.BytesIO()
    >>> dump([1, 2], file)
    >>> load(file)
    [1, 2]
    """
    with zipfile.ZipFile(f, "r") as zip_file:
        array_of = persistent_load(zip_file)

        class Unpickler(pickle.Unpickler):
            def persistent_load(self, persid: Any) -> Any:
                return array_of(persid)

        return Unpickler(io.BytesIO(zip_file.read("pkl"))).load()
