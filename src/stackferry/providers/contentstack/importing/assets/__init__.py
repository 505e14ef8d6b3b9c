"""Writing folders and assets: their plan, the files that stand for each version, and the addresses of files.

Pure.
"""
