"""Everything impure, one module for each thing: disk, network, clock, settings, logging.

May import `core` and the vocabulary. Must never import a provider, a driver or the command line.
"""
