"""The names of dtypes, kind by kind."""

from symgraph.graph import COMPLEX_DTYPES, DISCRETE_DTYPES, DTYPES, FLOAT_DTYPES, INTEGER_DTYPES

all_dtypes = DTYPES
complex_dtypes = COMPLEX_DTYPES
continuous_dtypes = (*FLOAT_DTYPES, *COMPLEX_DTYPES)
discrete_dtypes = DISCRETE_DTYPES
float_dtypes = FLOAT_DTYPES
int_dtypes = tuple(name for name in INTEGER_DTYPES if name.startswith("int"))
integer_dtypes = INTEGER_DTYPES
uint_dtypes = tuple(name for name in INTEGER_DTYPES if name.startswith("uint"))

__all__ = [
    "all_dtypes",
    "complex_dtypes",
    "continuous_dtypes",
    "discrete_dtypes",
    "float_dtypes",
    "int_dtypes",
    "integer_dtypes",
    "uint_dtypes",
]
