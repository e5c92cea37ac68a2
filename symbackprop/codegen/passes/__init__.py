"""Passes from steps to steps of equal value, which every target may take: for digits, and towards what libraries have.

First comes one of `accurate_steps`, which saves digits; then `expanding`, where an operation of the graph becomes those
that libraries of arrays have. They know no language.
"""
