"""Writing content types: their plan, the fields that are taken away, and how the web app shows them.

Pure.
"""
