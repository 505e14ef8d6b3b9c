"""What `backup`, `snapshots` and `forget` print: lines, a table while many profiles are backed up, rows of reports.

It imports what the command line may import, and never opens a place or a snapshot itself.
"""
