"""Engines other than NumPy: each trains the modules that name it in MODEL, with the loop, the data and the report of
`runtime`. Nothing here is imported before such a module is to be trained, and nothing else of this package is needed
but `runtime` and `errors`. The face of each is the module of its name; read `jax`, `jax_run`, `jax_mesh` in this order.
"""
