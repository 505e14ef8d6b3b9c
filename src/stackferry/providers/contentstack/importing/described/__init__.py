"""What the writes of an import are, for people: which object, which fields, which publications, which webhook events.

Read off the requests themselves, so that a plan cannot tell of anything but what is sent. Pure.
"""
