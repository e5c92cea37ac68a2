"""The graph that everything inside works on: equal nodes are one node, and operands come before what uses them.

In go operations of `ops` and nodes; out come nodes, folded where a person would not write them out (x + 0, (Aᵀ)ᵀ):
`interning` keeps equal ones one, `arithmetic` makes those of numbers, `matrix_arithmetic` those with shapes. It must
not know SymPy's trees, what a derivative is, or what a node is called.
"""

from .arithmetic import FOLDING, Graph
from .interning import Key, Node, next_of

__all__ = ["FOLDING", "Graph", "Key", "Node", "next_of"]
