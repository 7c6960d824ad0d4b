"""Matrix products by cblas_?gemm."""

from llvmlite import ir
from symgraph.backends.llvm import scalars
from symgraph.backends.llvm.blocks import I32, I64, PTR, BlockEmitter
from symgraph.backends.llvm.matmul.loops import counted, int64

from symgraph.lower.program import ONE, ZERO, Buffer, Literal, MatMul

ROW_MAJOR, NO_TRANS, TRANS = 101, 111, 112


def emit_library(at: BlockEmitter, s: MatMul) -> None:
    """Writes the call; a stride of 1 on the first axis means that the matrix lies transposed.

    The routine adds to what is in its result: beta * c is put there first.
    """
    b, module = at.b, at.b.module
    real = scalars.register_type(s.out.dtype)
    name = f"cblas_{'s' if s.out.dtype == 'float32' else 'd'}gemm"
    types = [*[I32] * 6, real, PTR, I32, PTR, I32, real, PTR, I32]
    gemm = module.globals.get(name)
    if gemm is None:
        gemm = ir.Function(module, ir.FunctionType(ir.VoidType(), types), name)
    rows, columns = (b.trunc(at.value(extent), I32) for extent in s.out.extents)
    inner = b.trunc(at.value(s.a.extents[1]), I32)
    beta = 0.0
    if s.c is not None:
        _bring(at, s)
        beta = 1.0
    a_transposed, a_step = _layout(at, s.a)
    b_transposed, b_step = _layout(at, s.b)
    _, out_step = _layout(at, s.out)
    b.call(
        gemm,
        [
            *(ir.Constant(I32, flag) for flag in (ROW_MAJOR, a_transposed, b_transposed)),
            *(rows, columns, inner, at.value(s.alpha)),
            *(at.address(s.a, [ZERO] * 2), a_step),
            *(at.address(s.b, [ZERO] * 2), b_step),
            *(ir.Constant(real, beta), at.address(s.out, [ZERO] * 2), out_step),
        ],
    )


def _bring(at: BlockEmitter, s: MatMul) -> None:
    """Puts beta * c where the result will be."""
    c, out = s.c, s.out
    assert c is not None
    same = out.root is c.root and (out.offset, out.strides) == (c.offset, c.strides)
    if same and isinstance(s.beta, Literal) and s.beta.value == 1:
        return
    places = [at.address(x, [ZERO] * 2) for x in (c, out)]
    numbers = [at.value(v) for v in (*out.extents, *c.strides, out.strides[0])]
    at.b.call(_scale(at.b.module, out.dtype), [*places, *numbers, at.value(s.beta)])


def _scale(module: ir.Module, dtype: str) -> ir.Function:
    """`scale(c, out, rows, columns, row step and column step of c, row step of out, beta)`."""
    name = f"scale_matrix.{dtype}"
    if name in module.globals:
        return module.globals[name]
    real = scalars.register_type(dtype)
    types = [PTR, PTR, I64, I64, I64, I64, I64, real]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), types), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    c, out, rows, columns, row, column, out_row, beta = function.args
    b = ir.IRBuilder(function.append_basic_block())
    with counted(b, int64(0), rows) as i:
        start, out_start = b.mul(i, row), b.mul(i, out_row)
        with counted(b, int64(0), columns) as j:
            source = b.gep(c, [b.add(start, b.mul(j, column))], source_etype=real)
            target = b.gep(out, [b.add(out_start, j)], source_etype=real)
            b.store(b.fmul(beta, b.load(source, typ=real)), target)
    b.ret_void()
    return function


def _layout(at: BlockEmitter, x: Buffer) -> tuple[int, ir.Value]:
    """Whether a matrix lies transposed, and its leading dimension (at least a row)."""
    b, transposed = at.b, x.strides[1] != ONE
    stride = at.value(x.strides[1 if transposed else 0])
    least = at.value(x.extents[0 if transposed else 1])
    one = int64(1)
    least = b.select(b.icmp_signed("<", least, one), one, least)
    step = b.select(b.icmp_signed("<", stride, least), least, stride)
    return (TRANS if transposed else NO_TRANS), b.trunc(step, I32)
