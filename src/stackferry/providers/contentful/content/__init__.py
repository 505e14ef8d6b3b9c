"""Content: what documents say of themselves: their state in each locale, their files, their links.

May import `requests` and what stands beside it. Must never know a target: importing does.
"""
