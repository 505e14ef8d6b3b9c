"""The JSON Schemas (2020-12) of what commands print with `--json`: a file `COMMAND.schema.json` for each.

They are generated from the types of the reports (`cli/report_schema.py`), and a test compares both. Nothing else may
stand here, and nothing is imported.
"""
