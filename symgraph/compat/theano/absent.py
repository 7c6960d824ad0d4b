"""What Theano has and symgraph has not: the reason, and what to use instead."""

import re
from functools import cache

from symgraph.compat.theano.public_names import public_names

_GPU = "symgraph compiles for the processor alone; leave device='cuda' and its functions out"
_PARTS = "a part of Theano's compiler, which symgraph has not; programs use what is above it"

# Modules that cannot be imported. What lies within them is absent with them.
ABSENT_MODULES: dict[str, str] = {
    "theano.gpuarray": _GPU,
    "theano.sandbox.cuda": _GPU,
    "theano.sandbox.gpuarray": _GPU,
    "theano.misc.gnumpy_utils": _GPU,
    "theano.misc.pycuda_init": _GPU,
    "theano.misc.pycuda_utils": _GPU,
    "theano.misc.cudamat_utils": _GPU,
    "theano.tensor.blas_c": _PARTS,
    "theano.tensor.blas_scipy": _PARTS,
    "theano.tensor.blas_headers": _PARTS,
    "theano.tensor.elemwise_cgen": _PARTS,
    "theano.tensor.opt_uncanonicalize": _PARTS,
    "theano.gof.cmodule": _PARTS,
    "theano.gof.compilelock": _PARTS,
    "theano.gof.sched": _PARTS,
    "theano.gof.unify": _PARTS,
    "theano.gof.callcache": _PARTS,
    "theano.scan_module.scan_opt": _PARTS,
}

_REWRITING = (
    "a part of Theano's rewriting engine; symgraph's rules are algebra (symgraph.rewrite.patterns),"
    " f.explain() tells which were applied, and Mode.excluding(name) leaves one out"
)
_C_CODE = (
    "a part of Theano's making of C code; symgraph compiles through LLVM, and symgraph.Op tells how"
    " an operation of one's own is lowered"
)
_LINKERS = (
    "a linker of Theano's; symgraph has back ends in their place (symgraph.compile.backends), and"
    " MonitorMode runs node by node"
)
_DERIVATIVE = (
    "the class of a derivative's node; symgraph builds derivatives of other operations: use"
    " theano.grad, Lop or Rop"
)
_NUMBERS = (
    "the class of a function of numbers, or what gives it its dtype; symgraph has one table of them"
    " (symgraph.ops.scalar_table): use the function itself, or a theano.Op"
)
_NODES = "the class of a node that symgraph does not make; use the function that makes it in Theano"
_MPI = "messages between processes; use mpi4py around compiled functions"
_HELPER = "a helper of Theano's own modules; write what it does where it is needed"
_PRINTERS = "a part of Theano's printing of formulas; symgraph prints by symgraph.pprint"
_FLAGS = "how Theano finds a compiler, a GPU or a folder; symgraph needs none of them"
_PROFILES = "Theano's record of times; a function compiled with profile=True has f.profile"
_BLOCKS = "matrices of blocks, which symgraph has not; a SciPy matrix is converted by x.tocsr()"
_SPARSE_IMAGES = (
    "convolutions by sparse matrices; use theano.tensor.nnet.conv2d and theano.tensor.signal.pool"
)
_SIGNATURE = "how Theano compares constants; compare their values, x.data"
_STREAMS = "a part of Theano's generator; use MRG_RandomStreams"
_TESTS = "a helper of Theano's own tests; use numpy.testing and theano.tests.unittest_tools"
_PARAMS = "parameters of Theano's C code; give an operation attributes and __props__"

# Of which modules and names a reason holds; the first that fits counts.
_REASONS: tuple[tuple[str, str, str], ...] = (
    (r".*", r"register_\w+_c_code|\w*c_code\w*|have_fblas|ldflags", _C_CODE),
    (r".*", r"(Gpu|gpu|f_gpua|pygpu)\w*", _GPU),
    (r".*", r"(local|register|graph|cond|remove|crossentropy_to|apply)_\w+", _REWRITING),
    (r".*", r"\w*(opt|optdb|optimizer|Optimizer|_inplace|canonizer)", _REWRITING),
    (r".*", r"OPT_\w+|out2in|in2out|Canonizer|\w*DB|Query|PatternSub|OpSub|OpRemove", _REWRITING),
    (r".*", r"(MPI|mpi_)\w+|i?send|i?recv|mpi_\w+", _MPI),
    (r".*", r"\w*Grad\d?|\w*GradC|\w*_grad_?|\w+Rop|\w*GradGrad|\w+Dx\w*|\w+_dx", _DERIVATIVE),
    (r".*", r"\w*Printer\w*|leaf_printer|default_printer|\w*PrinterState", _PRINTERS),
    (r".*", r"(C|OpWiseC|Dual|Local|Perform|Wrap)?Linker\w*|OpenMPOp|COp|HideC", _LINKERS),
    (r".*", r"ParamsType|Params|NoParams|C?EnumType|EnumList|CDataType\w*", _PARAMS),
    (r".*", r"\w*Profile\w*|\w*profiler?\w*", _PROFILES),
    (r"theano\.gof\.(cc|vm|link)", r".*", _LINKERS),
    (r"theano\.gof\.(opt|optdb|toolbox|destroyhandler|fg|graph)", r".*", _REWRITING),
    (r"theano\.(tensor|sparse)\.opt", r".*", _REWRITING),
    (r"theano\.gof\.params_type", r".*", _PARAMS),
    (r"theano\.scalar(\.\w+)?|theano\.tensor\.(xlogx|elemwise)", r".*", _NUMBERS),
    (r"theano\.tensor\.nnet\.(sigm|bn|nnet)", r"[a-z_0-9]+", _REWRITING),
    (r"theano\.tensor\.blas", r".*", _REWRITING),
    (r"theano\.sparse.*", r"bsr_\w+", _BLOCKS),
    (r"theano\.sparse\.sandbox\.sp", r".*", _SPARSE_IMAGES),
    (r"theano\.sparse.*", r"SparseConstantSignature", _SIGNATURE),
    (r"theano\.sandbox\.(rng_mrg|multinomial)", r".*", _STREAMS),
    (r"theano\.sandbox\.minimal", r".*", "an example of an operation; write a theano.Op"),
    (r"theano\.sandbox\.linalg(\.ops)?", r".*", "hints for rewriting; use theano.tensor.slinalg"),
    (r"theano\.(configdefaults|configparser)", r".*", _FLAGS),
    (r"theano\.compile\.profiling", r".*", _PROFILES),
    (r"theano\.tests\.\w+", r".*", _TESTS),
    (r".*", r"[A-Z]\w+", _NODES),
    (r".*", r".*", _HELPER),
)  # fmt: skip


@cache
def _patterns() -> list[tuple[re.Pattern[str], re.Pattern[str], str]]:
    return [(re.compile(module), re.compile(name), text) for module, name, text in _REASONS]


def reason_for(module: str, name: str) -> str:
    """Return why a name of Theano is not there, and what to use instead.

    module, name: in Theano.
    Returns a str, which says so too where Theano has no such name.

    >>> from symgraph.compat.theano.absent import reason_for
    >>> reason_for("theano.tensor", "no_such_function")
    'there is no such name in Theano 1.0'
    """
    if name not in public_names(module):
        return "there is no such name in Theano 1.0"
    if module in ABSENT_MODULES:
        return ABSENT_MODULES[module]
    return next(
        text
        for of_modules, of_names, text in _patterns()
        if of_modules.fullmatch(module) and of_names.fullmatch(name)
    )
