"""One module per command that every system has (export, import, copy, verify, …): options in, report out.

A command parses, calls the library and prints. It may import everything; nothing imports it.
"""
