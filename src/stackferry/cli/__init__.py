"""The command line: one file per command; parse, call a driver, report, exit.

Nothing here may decide what is read or written. Modules of this package import the libraries of the other
floors inside functions only, so that `--help` is there at once.
"""
