"""Functions applied to each element, with NumPy's broadcasting.

Arguments are variables, NumPy arrays, numbers, or nested lists of these. Python numbers take the
dtype of what stands beside them. Where floats are returned, integers become float64, those of at
most 16 bits float32. Dtypes and derivatives: see `symgraph.ops.scalar_table`.
"""

from symgraph.tensor.elementwise import (
    arithmetic,
    bits,
    comparison,
    complex_numbers,
    conversion,
    exponentials,
    rounding,
    special,
    trigonometry,
)
from symgraph.tensor.elementwise.arithmetic import *
from symgraph.tensor.elementwise.bits import *
from symgraph.tensor.elementwise.comparison import *
from symgraph.tensor.elementwise.complex_numbers import *
from symgraph.tensor.elementwise.conversion import *
from symgraph.tensor.elementwise.exponentials import *
from symgraph.tensor.elementwise.rounding import *
from symgraph.tensor.elementwise.special import *
from symgraph.tensor.elementwise.trigonometry import *

__all__: list[str] = []
__all__ += arithmetic.__all__
__all__ += bits.__all__
__all__ += comparison.__all__
__all__ += complex_numbers.__all__
__all__ += conversion.__all__
__all__ += exponentials.__all__
__all__ += rounding.__all__
__all__ += special.__all__
__all__ += trigonometry.__all__
