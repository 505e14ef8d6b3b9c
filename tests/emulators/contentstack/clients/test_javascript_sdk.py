"""The vendor's JavaScript SDK, unchanged, against the emulator over a socket: `javascript_sdk/drive_sdk.mjs`.

It needs Node 18 or newer, and a folder with the SDK, which a variable names:

    npm install --prefix /tmp/sdk @contentstack/management@1.30.2
    STACKFERRY_NODE_MODULES=/tmp/sdk/node_modules pytest tests/emulators/contentstack/clients/test_javascript_sdk.py
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from stackferry.emulators.contentstack import Emulator, serve

SCRIPT = Path(__file__).parent / "javascript_sdk" / "drive_sdk.mjs"
KEY, TOKEN = "blt_invented_stack", "cs-invented-token"


def node_modules() -> Path:
    """The folder with the SDK; skips where it or Node 18 is missing."""
    modules = Path(os.environ.get("STACKFERRY_NODE_MODULES", "node_modules")).resolve()
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S607 - the user's own Node
    if int(version.strip().lstrip("v").split(".")[0]) < 18:
        pytest.skip(f"Node {version.strip()} is too old: the SDK needs 18")
    if not (modules / "@contentstack/management").is_dir():
        pytest.skip("the JavaScript SDK is not installed: STACKFERRY_NODE_MODULES names no folder with it")
    return modules


def test_the_javascript_sdk_finds_what_it_expects() -> None:
    """Every step of the script: content types, entries, assets, bulk, releases, taxonomies, workflows, branches."""
    modules = node_modules()
    emulator = Emulator()
    emulator.add_stack(api_key=KEY, management_token=TOKEN, authtoken=TOKEN, oauth_token=TOKEN)
    with serve(emulator) as origin:
        words = ["node", str(SCRIPT), str(modules), origin, KEY, TOKEN]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - the test's own script
    steps = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0, done.stderr
    assert {row["step"]: row["error"] for row in steps if row["error"]} == {}
    assert len(steps) >= 14, done.stdout
    assert emulator.defects == []
