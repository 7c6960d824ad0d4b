"""Routines that programs call by name: matrix products, convolutions, pooling, BLAS."""
