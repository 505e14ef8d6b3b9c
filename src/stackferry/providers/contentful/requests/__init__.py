"""Requests: every call of the Content Management API is built here once, and nowhere else.

May import `kinds`. Must never decide what is written: that is the plans' work.
"""
