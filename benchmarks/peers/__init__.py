"""One module for each peer: how it does the work of `benchmarks.tasks`."""
