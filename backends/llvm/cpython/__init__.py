"""Calls of compiled functions, past the interpreter.

`entry` is the code that CPython calls, the same for all functions: it goes by the tables of
`layout`, which `state` fills for each function and `variants` for each combination of extents.
`callable_class` makes the classes of which such functions are.
"""
