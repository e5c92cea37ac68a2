"""The languages that a program of steps can be written in, a folder each; nothing else outside of them names one."""

from .numpy import MARK, STYLES, CompiledFunction, evaluation, network_function, network_source, network_text

__all__ = ["MARK", "STYLES", "CompiledFunction", "evaluation", "network_function", "network_source", "network_text"]
