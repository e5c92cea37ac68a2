"""What targets share that write Python on arrays, and no target itself.

In goes a program of steps and a `Dialect`, a library's tables; out come the lines of functions. Read `dialect`,
`step_expressions`, `readable_style`, then `model_source` with the two forms of a model, in this order.
"""
