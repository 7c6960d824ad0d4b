"""The quantile function of the normal distribution."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.ops.elemwise import elementwise
from symgraph.ops.scalar import REALS, declare, upgrade_to_float

# With P(|Z| <= z) = x: z / x as a rational function of w = -log(1 - x**2), the lowest coefficients
# first. They are those of a least-squares fit, with the weights adjusted until the largest relative
# error was least. Float32: 1.1e-8 for w <= 22.4; float64: 3.6e-15 for w <= 45.
COEFFICIENTS: dict[str, tuple[Sequence[float], Sequence[float]]] = {
    "float32": (
        (1.2533141238, 0.44760476555, 0.091120956015, 0.012554473805, 0.0011431851163,
         6.0028574489e-05, 1.9601428890e-07),
        (1.0, 0.095337232414, 0.034714160208, 0.0023188862696, 2.5038345338e-04,
         3.8044563947e-06),
    ),
    "float64": (
        (1.2533141373154975, 0.4754764239311749, 0.13134437094744156, 0.025820937376164275,
         0.0038899929486288297, 0.0004639675766784657, 4.404043539301674e-05,
         3.334572879735649e-06, 2.0317952201729761e-07, 1.003733116032874e-08,
         3.5367158668419924e-10, 1.0163525706280744e-11, 6.658114816587936e-14,
         4.1899899678663014e-17),
        (1.0, 0.11757590988108188, 0.06098430755416254, 0.005739099318576976,
         0.0012608027442936214, 9.040139586493118e-05, 1.0511140978496846e-05,
         5.488764324814219e-07, 3.74344496245225e-08, 1.2936025731998953e-09,
         4.9459463937751166e-11, 7.290138956272649e-13, 1.7740162144829712e-15),
    ),
}  # fmt: skip


def quantiles(x: Any, tail: Any) -> np.ndarray:
    """Return `normal_quantile` of arrays of one dtype, float32 or float64 (others are computed in
    float32)."""
    dtype = np.result_type(x, tail)
    work = dtype if dtype.name in COEFFICIENTS else np.dtype("float32")
    x, tail = (np.asarray(a, work) for a in (x, tail))
    over, under = COEFFICIENTS[work.name]
    with np.errstate(all="ignore"):
        w = -np.log(tail * (2 - tail))
        return np.asarray(x * _polynomial(over, w) / _polynomial(under, w), dtype)


def _polynomial(coefficients: Sequence[float], x: np.ndarray) -> np.ndarray:
    """Evaluate a polynomial by Horner's scheme."""
    value = x * x.dtype.type(coefficients[-1])
    for coefficient in coefficients[-2:0:-1]:
        value = (value + x.dtype.type(coefficient)) * x
    return value + x.dtype.type(coefficients[0])


# normal_quantile(x, tail): the z of the sign of x for which |Z| > |z| has the probability `tail`;
# x in (-1, 1) is 1 - tail with a sign. Float32 of a tail from 2**-32 on, or float64 from 2**-64.
normal_quantile = elementwise(
    declare("normal_quantile", quantiles, None, arity=2, result=upgrade_to_float, takes=REALS)
)
