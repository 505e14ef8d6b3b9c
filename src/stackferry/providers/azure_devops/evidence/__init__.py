"""Who deployed what, when, and who approved it: rows for an auditor, made of the records of archives. Pure."""
