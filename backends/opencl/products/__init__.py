"""Matrix products: out = alpha * a·b + beta * c.

`vector_choice` chooses for devices with vectors, such as processors, among panels of columns
(`panels`) and tiles of dot products (`dots`); `group_choice` for devices whose groups share local
memory among tiles there (`tiles`). Long sums of few results are divided, and added up by `splits`.
"""

from symgraph.backends.opencl.launches import Facts, Launch, View
from symgraph.backends.opencl.products.group_choice import group_launches
from symgraph.backends.opencl.products.problem import Factor, Problem
from symgraph.backends.opencl.products.vector_choice import vector_launches


def product(
    facts: Facts, out: View, a: View, b: View, c: View | None, alpha: Factor, beta: Factor
) -> list[Launch]:
    """Return the launches of out = alpha * a·b + beta * c, of float32 or of float64.

    Views have two axes; or three, of which the first is that of a batch of products: its stride
    is 0 in an operand that all of them share. Neither `a` nor `b` shares memory with `out`; `c`
    may be exactly `out`, else it shares none. Without `c` nothing is added. Zero factors are
    multiplied as usual: 0 times nan is nan.
    """
    problem = Problem(
        _batched(out), _batched(a), _batched(b), None if c is None else _batched(c), alpha, beta
    )
    if 0 in problem.out.extents:
        return []
    if facts.is_cpu:
        return vector_launches(problem, facts.local_bytes, facts.units)
    return group_launches(problem, facts.local_bytes, facts.group_items, facts.units)


def _batched(x: View) -> View:
    if len(x.extents) == 3:
        return x
    return x._replace(extents=(1, *x.extents), strides=(0, *x.strides))
