"""Releases of both generations: each once for ever, with the bodies that those of the second generation hold."""
