"""`theano.version`: the version of Theano whose programs run here."""

__version__ = "1.0.5"
version = full_version = short_version = __version__
major, minor, micro = 1, 0, 5
