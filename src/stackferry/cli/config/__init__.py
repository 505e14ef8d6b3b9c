"""The commands of the configuration file: `stackferry config`.

May import the library and the rest of the command line. Must never print a credential.
"""
