"""Projects that are filled: made up by a seed, or from recorded answers."""
