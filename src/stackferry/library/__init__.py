"""The operations as Python functions: `export`, `import_`, `copy`, `verify`, `diff`, behind `import stackferry`.

They resolve places and credentials, open sessions, decide where checkpoints and locks lie, and return reports. They
import every floor but the command line, and never print, parse arguments or end the process.
"""
