"""One package per system: its kinds as a table, requests built, answers read."""
