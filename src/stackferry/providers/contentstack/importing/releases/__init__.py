"""Writing releases: their plan, what each holds, and what is deployed of them.

Pure.
"""
