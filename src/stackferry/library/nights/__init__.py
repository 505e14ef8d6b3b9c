"""Backups that run by themselves: dated snapshots of one or many places in a directory, their listing and retention.

`DIR/NAME/2026-11-30T02-00-00Z` is a snapshot of the place or profile NAME, begun at that time (UTC), and
`DIR/NAME/latest` a link to the newest one that was found whole. What is kept (`retention`) and which gaps are new
(`gaps`) is decided by functions without clock and files. The package imports what its floor may import. It must never
write into a sealed snapshot, and never delete one that `forget` was not asked to delete.
"""
