"""The vendor's JavaScript SDK, exporter and importer, unchanged, against the emulator: the scripts in `javascript/`.

They need Node 20 or newer, openssl, and a folder with the packages, which a variable names:

    npm install --prefix /tmp/sdk contentful-management@12 contentful-export@7 contentful-import@9.4.140
    STACKFERRY_NODE_MODULES=/tmp/sdk/node_modules pytest tests/emulators/contentful/test_contentful_javascript.py
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from vendor_exports import harbour_export

from stackferry.emulators.certificates import tls_context
from stackferry.emulators.contentful import Emulator, serve
from stackferry.emulators.contentful.seed.vendor_file import add_space

SCRIPTS = Path(__file__).parent / "javascript"
TOKEN = "CFPAT-invented"


def node_modules(*packages: str) -> Path:
    """The folder with the packages; skips where one is missing, or Node 20."""
    modules = Path(os.environ.get("STACKFERRY_NODE_MODULES", "node_modules")).resolve()
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S607 - the user's own Node
    if int(version.strip().lstrip("v").split(".")[0]) < 20:
        pytest.skip(f"Node {version.strip()} is too old: the packages need 20")
    if missing := [name for name in packages if not (modules / name).is_dir()]:
        pytest.skip(f"{', '.join(missing)} not installed: STACKFERRY_NODE_MODULES names no folder with it")
    return modules


def run_script(name: str, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the test's own script
        ["node", str(SCRIPTS / name), *map(str, words)],  # noqa: S607 - the user's own Node
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_javascript_sdk_finds_what_it_expects() -> None:
    """Every step of the script: content, releases of both generations, schedules, taxonomy, workflows, apps."""
    modules = node_modules("contentful-management")
    emulator = Emulator()
    space = emulator.add_space(key="inventedspace", token=TOKEN, organization="org")
    sys = {"type": "AppDefinition", "id": "market"}
    space.organization.app_definitions["market"] = {"name": "Market", "marketplace": True, "sys": {**sys}}
    with serve(emulator) as origin:
        done = run_script("drive_sdk.mjs", modules, origin, "inventedspace", "org", TOKEN)
    steps = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0, done.stdout + done.stderr
    assert {row["step"]: row["error"] for row in steps if row["error"]} == {}
    assert len(steps) >= 14, done.stdout
    assert emulator.defects == []


def test_the_vendors_exporter_and_importer_move_a_space(tmp_path: Path) -> None:
    """Both succeed without an error. What they lose is theirs: a live body that was edited, the state by locale."""
    modules = node_modules("contentful-export", "contentful-import")
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate: the exporter downloads files by https alone")
    emulator = Emulator()
    source = add_space(emulator, harbour_export(), key="harbour", token=TOKEN)
    target = emulator.add_space(key="target", token=TOKEN)
    with serve(emulator, tls=tls_context(tmp_path / "tls")) as origin:
        words = (
            modules,
            origin.replace("127.0.0.1", "localhost"),
            "harbour",
            "target",
            TOKEN,
            tmp_path / "moved",
        )
        done = run_script("move_space.mjs", *words, NODE_EXTRA_CA_CERTS=str(tmp_path / "tls" / "ca.pem"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [row for row in emulator.log if row.status >= 400] == []
    for table in ("entries", "assets", "content_types"):
        assert set(getattr(target.master, table)) == set(getattr(source.master, table))
    states = {uid: entry.state for uid, entry in target.master.entries.items()}
    assert states == {
        "hen": "published",
        "ida": "published",
        "joy": "published",
        "kit": "draft",
        "lou": "archived",
    }
    assert emulator.defects == []
