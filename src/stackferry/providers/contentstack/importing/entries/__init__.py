"""Entries: every version in every locale, in an order in which the service accepts them.

Same rules as `importing`.
"""
