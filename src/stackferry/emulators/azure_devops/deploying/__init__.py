"""Stages of releases that are deployed: started, approved, held by gates and people, finished, and what they start."""
