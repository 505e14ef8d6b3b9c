"""What a snapshot says, in words for people: names of fields, rich text as text, an object by its title.

A system that knows better than `PlainReader` how its objects read has the method of `ReadsForPeople`. Pages and the
text of `diff`, `ls` and `show` ask for nothing else, so they know no vendor. Pure.
"""
