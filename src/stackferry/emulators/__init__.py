"""Local servers that answer as the vendors' APIs do: one package per system, and the HTTP front that they share.

The front (`application`, `http_server`, `faults`, `forms`, `routing`, `rate_limits`) names no vendor. An emulator may
import the vocabulary only (`errors`, `model`, `exact_json`, `json_values`, `safe_names`): code shared with the clients
would make both agree with the same mistake.
"""
