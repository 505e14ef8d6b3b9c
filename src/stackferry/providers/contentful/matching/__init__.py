"""Which object of a target is which object of the source: for import, verify and diff alike.

The rule is written in `rule`. May import `content` and what that may import. Must never build a request.
"""
