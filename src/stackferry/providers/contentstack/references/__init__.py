"""References inside content: found by schema, resolved, and rewritten for another stack.

May import the modules of the package itself only. Must never build a request.
"""
