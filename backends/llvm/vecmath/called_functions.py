"""Emit functions once for a large module, which calls them instead of inlining every use.

Loops that call a function are still vectorised when it names, in the attribute
"vector-function-abi-variant", a vector form of itself (see `cold_branches`). Here that form is a
loop over the lanes of the inlined function, which LLVM itself vectorises. A call costs the spilling
of live registers; the loop around it becomes a fraction of the code.
"""

from symgraph.backends.llvm.vecmath.cold_branches import LANES, PURE
from symgraph.backends.llvm.vecmath.values import Format

# Functions of fewer lines of IR are better inlined.
SHORT = 20
SCALAR = """define internal {kind} @"{name}.shared"({scalars}) noinline {pure} {variants}
{{
  %r = call {kind} @"{name}"({scalars})
  ret {kind} %r
}}
"""
# Referenced by a string only, so it must look used; a hidden symbol, equal wherever it is emitted.
VECTOR = """define weak_odr hidden {vector} @"{name}.x{lanes}"({vectors}, <{lanes} x i1> %mask)
noinline {pure}
{{
entry:
{stored}
  %out = alloca {vector}
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
{loaded}
  %y = call {kind} @"{name}"({scalars})
  %q = getelementptr inbounds {kind}, ptr %out, i64 %i
  store {kind} %y, ptr %q
  %next = add nuw nsw i64 %i, 1
  %more = icmp ult i64 %next, {lanes}
  br i1 %more, label %loop, label %done
done:
  %r = load {vector}, ptr %out
  ret {vector} %r
}}
"""
STORED = "  %in{n} = alloca {vector}\n  store {vector} %v{n}, ptr %in{n}"
LOADED = (
    "  %p{n} = getelementptr inbounds {kind}, ptr %in{n}, i64 %i\n  %x{n} = load {kind}, ptr %p{n}"
)


def shared_texts(name: str, form: Format, arity: int) -> list[tuple[str, str]]:
    """Return (name, text) of the function to be called in place of `name`, which is always inlined,
    and of its vector forms. The first is called `name` with the suffix ".shared"."""
    kind, pure = str(form.type), " ".join(PURE)
    scalars = ", ".join(f"{kind} %x{n}" for n in range(arity))
    texts = []
    for lanes in LANES[form]:
        vector = f"<{lanes} x {kind}>"
        texts.append(
            (
                f"{name}.x{lanes}",
                VECTOR.format(
                    name=name, kind=kind, vector=vector, lanes=lanes, scalars=scalars, pure=pure,
                    vectors=", ".join(f"{vector} %v{n}" for n in range(arity)),
                    stored="\n".join(STORED.format(n=n, vector=vector) for n in range(arity)),
                    loaded="\n".join(LOADED.format(n=n, kind=kind) for n in range(arity)),
                ),
            )
        )  # fmt: skip
    mapping = ",".join(
        f"_ZGV_LLVM_M{lanes}{'v' * arity}_{name}.shared({name}.x{lanes})" for lanes in LANES[form]
    )
    variants = f'"vector-function-abi-variant"="{mapping}"'
    scalar = SCALAR.format(name=name, kind=kind, scalars=scalars, pure=pure, variants=variants)
    return [(f"{name}.shared", scalar), *texts]
