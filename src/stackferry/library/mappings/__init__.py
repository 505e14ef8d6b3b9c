"""Which named thing of a snapshot is which of a target: proposed, and read from the file that a person edited."""
