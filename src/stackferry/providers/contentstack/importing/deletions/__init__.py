"""What was deleted in the target: had back from its trash, or told apart from what was made anew in its place."""
