"""Requests of the Content Management API: one function for each endpoint that an export or an import sends.

The live API's clients take them from here too; what they alone send they build with `build`. May import `kinds`.
Must never look at a snapshot or an answer, and never send anything.
"""
