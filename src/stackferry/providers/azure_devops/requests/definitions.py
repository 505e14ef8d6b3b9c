"""Requests that make and replace folders and definitions. API pages: "Folders", "Definitions". Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.azure_devops import versions
from stackferry.providers.azure_devops.requests.build import write_release_area

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Request
    from stackferry.providers.azure_devops.hosts import Root


def create_folder(root: Root, body: JsonObject) -> Request:
    """A new folder: `path`, and `description`. The folder above it must be there."""
    return write_release_area(root, versions.FOLDERS, "POST", "folders", body=body)


def create_definition(root: Root, body: JsonObject) -> Request:
    """A new definition, whose ids the service chooses."""
    return write_release_area(root, versions.DEFINITIONS, "POST", "definitions", body=body)


def replace_definition(root: Root, body: JsonObject) -> Request:
    """Put a whole definition in the place of the one of its `id`; its `revision` must be the current one."""
    return write_release_area(root, versions.DEFINITIONS, "PUT", "definitions", body=body)
