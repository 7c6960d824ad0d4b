"""What Theano has and symgraph has not: the reason, and what to use instead."""

from symgraph.compat.theano.public_names import public_names

_GPU = "symgraph compiles for the processor alone; leave device='cuda' and its functions out"

# Modules that cannot be imported. What lies within them is absent with them.
ABSENT_MODULES: dict[str, str] = {
    "theano.gpuarray": _GPU,
    "theano.sandbox.cuda": _GPU,
    "theano.sandbox.gpuarray": _GPU,
    "theano.misc.gnumpy_utils": _GPU,
    "theano.misc.pycuda_init": _GPU,
    "theano.misc.pycuda_utils": _GPU,
    "theano.misc.cudamat_utils": _GPU,
}

# By module and name, then by name alone.
ABSENT: dict[str, str] = {}


def reason_for(module: str, name: str) -> str:
    """Return why a name of Theano is not there, and what to use instead.

    module, name: in Theano.
    Returns a str, which says so too where Theano has no such name.

    >>> from symgraph.compat.theano.absent import reason_for
    >>> reason_for("theano.tensor", "no_such_function")
    'there is no such name in Theano 1.0'
    """
    for key in (f"{module}.{name}", name):
        if key in ABSENT:
            return ABSENT[key]
    if name in public_names(module):
        return "symgraph does not have it"
    return "there is no such name in Theano 1.0"
