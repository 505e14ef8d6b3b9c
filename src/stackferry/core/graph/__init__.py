"""Directed graphs: components, dependency orders with the fewest vertices postponed, feedback vertex sets.

Pure; imports the vocabulary only. Must never know what a vertex stands for.
"""
