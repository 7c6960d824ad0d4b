"""Functions applied to each element, with NumPy's broadcasting.

Arguments are variables, NumPy arrays, numbers, or nested lists of these. Python numbers take the
dtype of what stands beside them. Where floats are returned, integers become float64, those of at
most 16 bits float32. Dtypes and derivatives: see `symgraph.ops.scalar_table`.
"""
