"""Runs: they carry out a provider's plans with several tasks at once, and write down what happened.

May import providers, io, core and the vocabulary. Must never know a vendor, and never print.
"""
