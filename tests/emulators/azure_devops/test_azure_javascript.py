"""The vendor's JavaScript client, as it is, on the emulator: the script in `javascript/`.

It needs Node 16 or newer, and a folder with the package, which a variable names:

    npm install --prefix /tmp/az azure-devops-node-api@17.0.1
    STACKFERRY_NODE_MODULES=/tmp/az/node_modules pytest tests/emulators/azure_devops/test_azure_javascript.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from project_client import PROJECT, TOKEN, asked, serving, stage

SCRIPT = Path(__file__).parent / "javascript" / "drive_client.mjs"


@pytest.mark.parametrize("mount", ["", "/dev.azure.com"])
def test_the_javascript_client_finds_what_it_expects(mount: str) -> None:
    modules = Path(os.environ.get("STACKFERRY_NODE_MODULES", "node_modules")).resolve()
    if shutil.which("node") is None or not (modules / "azure-devops-node-api").is_dir():
        pytest.skip("Node, or azure-devops-node-api in the folder STACKFERRY_NODE_MODULES, is not installed")
    with serving() as client:
        rule = asked(client.service, "Ana")
        client.definition(stage("Dev"), stage("Prod", after="Dev", preDeployApprovals=rule))
        url = f"{str(client.http.base_url).rstrip('/')}{mount}/fabrikam"
        done = subprocess.run(  # noqa: S603 - the test's own script
            ["node", str(SCRIPT), str(modules), url, PROJECT, TOKEN],  # noqa: S607 - the user's own Node
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == 17
