"""Which object of a target is which object of the source: the one thing that import, verify and diff share.

The rule is written in `rule`. May import `schema`, `content` and `references`. Must never build a request.
"""
