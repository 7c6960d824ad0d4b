"""The sub-commands of `symgraph`, one a file: each adds its options and runs."""
