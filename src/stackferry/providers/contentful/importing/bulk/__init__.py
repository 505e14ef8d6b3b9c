"""Many entries in one request, where a space offers it. Must never be what an import relies on: what is not written so,
for whatever reason, is written one by one.
"""
