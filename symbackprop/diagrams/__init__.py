"""Pictures of a derivation: its named quantities as boxes, the steps of the chain rule as arrows between them.

In goes a derivation, and the values of a point if there are any; out comes SVG, DOT or TikZ. `picture` is what a
picture consists of: boxes and arrows with places, and labels as presentation trees, in no format yet. Read
`quantity_graph`, `label_lines`, `blocks`, `arrow_stops`, `layering`, `placement`, in this order; a format is one file,
which only writes, and a row in `FORMATS`. It must not know of code.
"""

from .diagram import DIGITS, FORMATS, MOST_NODES, Diagram
from .picture import Box, Edge, Line, Node, Picture

__all__ = ["DIGITS", "FORMATS", "MOST_NODES", "Box", "Diagram", "Edge", "Line", "Node", "Picture"]
