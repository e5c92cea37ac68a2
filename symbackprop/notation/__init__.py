"""How formulas are presented, in no format yet: from nodes to a tree of sums, products, quotients, powers and names.

Formulas and code comments stand above; neither is known here. Read `tree`, `sums_and_products`, `entrywise`,
`operations`, `formula_tree`, in this order; `notation_sets` and `row_vectors` are for those who write them otherwise.
"""
