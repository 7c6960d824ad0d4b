"""The operations on sparse matrices: types, what they are on the parts, and derivatives.

Derivatives are *regular* unless an operation is called structured: a cotangent of a sparse matrix
is a sparse matrix that has entries wherever the derivative is not zero, also where the matrix has
none. A structured derivative takes the places without entries for constants.
"""
