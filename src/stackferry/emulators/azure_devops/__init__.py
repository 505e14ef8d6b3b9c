"""Azure DevOps' classic releases and what they point at, served locally: for tests in-process, or over a socket.

It shares no code with the clients, so that it cannot agree with their mistakes. `Switches` has a field for each point
that the vendor's pages leave open, `Limits` what the service allows.

    emulator = Emulator()                                        # an ASGI application
    project = emulator.add_project("fabrikam", "My Web", token="invented")
    with serve(emulator) as origin:                              # http://127.0.0.1:PORT
        ...                                                      # ORIGIN/fabrikam/My%20Web/_apis/release/releases
"""

from __future__ import annotations

from stackferry.emulators.application import LoggedRequest
from stackferry.emulators.azure_devops.app import Emulator
from stackferry.emulators.azure_devops.behaviour import Limits, Switches
from stackferry.emulators.azure_devops.organization import (
    Access,
    Attachment,
    Definition,
    Organization,
    Project,
    TaskLog,
)
from stackferry.emulators.faults import Fault
from stackferry.emulators.http_server import run, serve

__all__ = [
    "Access", "Attachment", "Definition", "Emulator", "Fault", "Limits", "LoggedRequest", "Organization", "Project",
    "Switches", "TaskLog", "run", "serve",
]  # fmt: skip
