"""No credential of a stack is in a byte of its snapshot, wherever the stack holds one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from every_kind_stack import EXTENSION, HOOK, fill_every_kind
from random_stack import STAMPS
from workbench import SOURCE, TARGET, make_workbench, memory_directory

from stackferry.json_values import as_list

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentstack import Stack

CANARY = "c4n4ryX9qV7tB2mZk81L"
OF_ROLES = ("invented-master-key", "invented-secret-key", "invented-owner")


def fill(stack: Stack) -> None:
    """Every kind, with a credential wherever people put one."""
    fill_every_kind(stack)
    hook: dict[str, Any] = {
        "target_url": f"https://me:{CANARY}@example.org/a?token={CANARY}",
        "http_basic_auth": "me",
        "http_basic_password": CANARY,
        "custom_header": [{"header_name": "X-Any", "value": CANARY}],
    }
    slack: dict[str, Any] = {"target_url": f"https://hooks.slack.com/services/T0/B0/{CANARY}"}
    facts: Any = {"channels": ["assets.create"], "branches": ["main"], "disabled": True}
    stack.put("webhooks", {"uid": HOOK, "name": "Hook", "destinations": [hook, slack], **facts, **STAMPS})
    app: Any = {
        "uid": EXTENSION,
        "title": "App",
        "type": "field",
        "srcdoc": f"<script>apiToken = '{CANARY}'</script>",
    }
    config: Any = {"config": json.dumps({"api_token": CANARY})}
    stack.main.put("extensions", {**app, **config, "data_type": "json", **STAMPS})
    field: Any = {
        "uid": "app",
        "display_name": "App",
        "data_type": "json",
        "extension_uid": EXTENSION,
        "config": {"api_token": CANARY, "depth": [{"pwd": 471147114711}]},
    }
    fields: list[Any] = as_list(stack.main.content_types["page"]["schema"])
    fields.append({**field, "mandatory": False, "multiple": False, "unique": False})


def holding(root: Path, *words: str) -> set[str]:
    """The files below a directory that hold one of these words."""
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and any(word.encode() in path.read_bytes() for word in words)
    }


def test_no_byte_of_a_snapshot_holds_a_credential() -> None:
    words = (CANARY, "471147114711", *OF_ROLES)
    with memory_directory() as root:
        bench = make_workbench(root, fill)
        snapshot = bench.export(versions="all")
        assert holding(snapshot.files.root, *words) == set()
        redacted = snapshot.manifest["redacted"]
        assert isinstance(redacted, list)
        assert len(redacted) == 8
        result = bench.import_snapshot(snapshot, versions="all", enable_webhooks=True)
        told = {(gap["kind"], gap["path"]) for gap in result.gaps if "redacted" in str(gap["reason"])}
        assert {kind for kind, _ in told} == {"webhooks", "extensions", "content_types"}
        assert ("webhooks", "/destinations/1/target_url") in told
        assert result.gaps == [gap for gap in result.gaps if (gap["kind"], gap["path"]) in told]
        # Nor does anything that the import keeps for itself, also of what the target held before.
        again = bench.import_snapshot(bench.export("kept", keep_secrets=True), "again", on_conflict="skip")
        assert again is not None
        assert holding(root / "again", *words) == set()


def test_kept_secrets_are_kept_but_a_role_never_has_those_of_its_stack() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill)
        kept = bench.export(keep_secrets=True).files.root
        assert holding(kept, CANARY) == {"webhooks.jsonl", "extensions.jsonl", "content_types.jsonl"}
        assert holding(kept, *OF_ROLES) == set()


def test_permissions_are_neither_sent_nor_compared() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill)
        for role in bench.source.roles.values():
            role["permissions"] = {"environments": [{"uid": "blt0000000000000e01", "SYS_ACL": {}}]}
        bench.import_snapshot(bench.export())
        assert all("permissions" not in role for role in bench.target.roles.values())
        assert all(set(role).isdisjoint({"stack", "owner"}) for role in bench.target.roles.values())
        assert bench.export("there", key=TARGET) is not None
        assert SOURCE != TARGET
