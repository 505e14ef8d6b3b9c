"""Every request of the Content Management API, built in one place: one function for each endpoint.

Exports, imports and the live API's clients all take their requests from here. May import `kinds`.
Must never look at a snapshot or an answer, and never send anything.
"""
