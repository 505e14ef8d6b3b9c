"""References inside content: found by schema, resolved, and rewritten for another stack.

`rewrite` is the way in; a new type of field is a row of `field_types`. May import modules of this package only, and
must never build a request.
"""
