"""Decisions as pure functions and state machines: rate limits, retries, meanings of answers, JSON differences, graphs.

May import the vocabulary. Must never do I/O, read a clock, draw a random number, or know a vendor.
"""
