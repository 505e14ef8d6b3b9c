"""Importing: which writes bring a snapshot into a space's environment, in which order, and what each answer means.

May import `matching` and what that may import. Must never read a file or the network: plans are pure.
"""
