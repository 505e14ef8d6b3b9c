"""Export layouts of other tools, one package per layout: read into a snapshot, or written from one.

May import every floor below the command line. Must never talk to a service.
"""
