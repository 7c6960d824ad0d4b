"""Theano's habits that touch every variable: the one place where they are turned on."""


def adopt() -> None:
    """Turn the habits on, for the rest of the process."""
