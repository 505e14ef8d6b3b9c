"""HTML pages that need nothing else: no network, no file beside them. One look, one stylesheet, one template engine.

Each module makes one page of typed rows; what stands where is in `templates`. Templates know no vendor. May import the
vocabulary and `providers` for types. Must never read a snapshot, and never write into a page what was not escaped.
"""
