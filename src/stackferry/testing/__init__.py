"""Tools for tests of stackferry and of what is built on it.

No product code may import them.
"""
