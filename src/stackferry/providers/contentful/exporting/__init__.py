"""Exporting: which listings, live bodies, snapshots and files an export reads, stage by stage.

May import `content` and what that may import. Must never write to the service.
"""
