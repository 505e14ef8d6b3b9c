"""The configuration file on the command line: `stackferry config`, its defaults for options, completion from it.

May import the library and the rest of the command line. Must never print a credential.
"""
