"""What two branches of a stack had in common, and what each has done away with since. Pure."""
