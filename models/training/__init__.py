"""Training step by step: the loop, stopping rules, history, checkpoints, progress, step size."""
