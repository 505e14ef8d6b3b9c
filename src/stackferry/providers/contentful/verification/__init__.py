"""Whether a target holds what a snapshot holds, key by key: what verify and diff report.

May import the rooms below `importing`. Must never import `importing`: what the plans infer is judged here from outside,
by what both sides say.
"""
