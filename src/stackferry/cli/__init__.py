"""The command line: one file for each command, which parses, calls the library, prints and sets the exit code.

It may import every other package, but those that take long inside functions only, so that `--help` is quick. It must
never decide what is read or written.
"""
