"""Decisions: pure functions and state machines. No I/O, no clock, no event loop."""
