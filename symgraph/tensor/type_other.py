"""Types and operations of None and of slices, as variables."""

from symgraph.graph.other_types import NoneConst, NoneTypeT, SliceType
from symgraph.graph.other_types import none_type as none_type_t
from symgraph.graph.other_types import slice_type as slicetype
from symgraph.ops.slices import MakeSlice

make_slice = MakeSlice()

__all__ = [
    "MakeSlice",
    "NoneConst",
    "NoneTypeT",
    "SliceType",
    "make_slice",
    "none_type_t",
    "slicetype",
]
