"""The speed of symgraph beside its peers: `python -m benchmarks` (see README.md)."""
