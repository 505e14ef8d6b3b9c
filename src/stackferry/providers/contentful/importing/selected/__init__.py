"""What of a snapshot an import sees: the snapshot as if it held some of its objects only. Pure."""
