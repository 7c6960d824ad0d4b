"""Parts of networks: layers, activations, costs, initializers, noise and optimisers.

Each is a function on expressions, or a small class with weights; none knows an estimator.
"""
