"""Fills an emulated stack from an export: a snapshot of stackferry, or a directory of the vendor's CLI.

Must never import the readers of these layouts that the clients use.
"""
