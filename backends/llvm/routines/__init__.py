"""Routines that programs call by name: products, convolutions, pooling, BLAS."""
