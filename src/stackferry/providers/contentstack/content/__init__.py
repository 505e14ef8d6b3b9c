"""What the records of a branch mean: entries and their versions, languages, publications, schedules, queries.

May import `references`. Must never build a request.
"""
