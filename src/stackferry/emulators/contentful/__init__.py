"""The Contentful Management API, served locally."""

from __future__ import annotations

from stackferry.emulators.application import LoggedRequest
from stackferry.emulators.contentful.app import Emulator
from stackferry.emulators.contentful.behaviour import Limits, Switches
from stackferry.emulators.contentful.environment import Environment, Release
from stackferry.emulators.contentful.space import Access, Organization, Space
from stackferry.emulators.faults import Fault
from stackferry.emulators.http_server import run, serve

__all__ = [
    "Access", "Emulator", "Environment", "Fault", "Limits", "LoggedRequest", "Organization", "Release", "Space",
    "Switches", "run", "serve",
]  # fmt: skip
