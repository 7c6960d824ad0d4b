"""Parallel loops: the thread pool that runs them, and how kernels are cut into chunks."""

from symgraph.backends.llvm.threads.pool import (
    IN_RANGES,
    PARALLEL_FOR,
    ThreadPool,
    pool,
    thread_count,
)

__all__ = ["IN_RANGES", "PARALLEL_FOR", "ThreadPool", "pool", "thread_count"]
