"""Make calls of compiled functions natively, without the interpreter.

`vectorcall` is the code that CPython calls, the same for all functions: it reads the tables of
`table_layouts`, which `function_table` fills for each function and `specialisations` for each
combination of extents. `callable_class` makes the classes of such functions.
"""
