"""A partner's file that was tampered with, or is none, stays out, and nothing of it is left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from systems_changers.core.home.service import backup, moving, moving_in, moving_out, restore
from systems_changers.infra.errors import Invalid, KitError, NotFound, Refused
from systems_changers.infra.identifiers import new_id
from tests.core.home.held import EMAIL
from tests.core.home.moved import Change, Move, changed_row, forged, outside


def _entry(name: str, content: bytes = b"{}\n") -> Change:
    def change(entries: dict[str, bytes], _told: dict[str, Any]) -> None:
        entries[name] = content

    return change


def _table(name: str) -> Change:
    def change(entries: dict[str, bytes], told: dict[str, Any]) -> None:
        entries[f"rows/{name}.jsonl"] = b""
        told["columns"][name], told["rows"][name] = ["id"], 0

    return change


def _fewer(entries: dict[str, bytes], _told: dict[str, Any]) -> None:
    entries["rows/person.jsonl"] = entries["rows/person.jsonl"].split(b"\n", 1)[1]


def _other_module(entries: dict[str, bytes], _told: dict[str, Any]) -> None:
    entries[moving.MODULES] = json.dumps({"hash": "sha256:" + "0" * 64, "content": {"identity": "core:x"}}).encode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (changed_row("person", partner_id=str(new_id())), "other_partner"),
        (changed_row("audit_event", partner_id=None), "other_partner"),
        (changed_row("person", id="../../etc"), "damaged_backup"),
        (changed_row("person", created_at="yesterday"), "damaged_backup"),
        (changed_row("person", version=True), "damaged_backup"),
        (changed_row("person", is_operator=True), "damaged_backup"),
        (changed_row("attendance", session_id=str(new_id())), "collides"),
        (_fewer, "damaged_backup"),
        (_entry("files/../../evil"), "damaged_backup"),
        (_entry("rows/../account.jsonl"), "damaged_backup"),
        (_entry("files/" + "0" * 64), "damaged_backup"),
        (_entry("accounts.jsonl", b'{"id": "x"}\n'), "damaged_backup"),
        (_entry("accounts.jsonl", b'{"is_operator": true}\n'), "damaged_backup"),
        (_entry("partner.json", b"[]"), "damaged_backup"),
        (_table("account"), "unknown_table"),
        (_other_module, "damaged_backup"),
    ],
)
def test_what_was_tampered_with_stays_out(move: Move, change: Change, code: str) -> None:
    kits = outside(move.there, "account", "partner", "operator_audit", "canonical_module")
    with pytest.raises(Refused) as refused:
        move.bring(forged(move.out(), change))
    assert refused.value.code == code
    assert outside(move.there, *kits) == kits
    assert {name: rows for name, rows in move.rows(move.there).items() if rows} == {}
    assert list(move.there.kit.files.list(move.held.partner.id)) == []


def test_a_flipped_byte_is_found(move: Move) -> None:
    file = move.out()
    whole = file.read_bytes()
    at = whole.index(EMAIL.encode())
    file.write_bytes(whole[:at] + b"n" + whole[at + 1 :])
    with pytest.raises(Refused, match="damaged"):
        move.bring(file)


def test_a_partner_is_no_backup_and_a_backup_no_partner(move: Move, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="partner import"):
        restore.preview(move.out(), restore.RestoreTarget(tmp_path / "restored"))
    whole = tmp_path / "whole.scbackup"
    backup.take_backup(move.here.kit.settings, whole)
    with pytest.raises(Refused, match="systems-changers restore"):
        move.bring(whole)
    (tmp_path / "text").write_text("no archive")
    with pytest.raises(Invalid, match="no export of a partner"):
        moving_in.preview(tmp_path / "text")


def test_what_cant_be_taken_out_is_told(move: Move, tmp_path: Path) -> None:
    move.here.add_partner("Only Listed", slug="only", kind="listed")
    (tmp_path / "there.scpartner").touch()
    for slug, name, code in (("no", "x", "unknown_partner"), ("only", "x", "listed_partner"),
                             ("harbour", "there.scpartner", "export_exists")):  # fmt: skip
        with pytest.raises((Refused, NotFound)) as refused:
            moving_out.take_out(move.here.kit, slug, tmp_path / name)
        assert refused.value.code == code


def test_a_demos_partner_never_becomes_real(move: Move) -> None:
    def demo(_entries: dict[str, bytes], told: dict[str, Any]) -> None:
        told["instance"]["kind"] = "demo"

    with pytest.raises(KitError) as refused:
        move.bring(forged(move.out(), demo))
    assert refused.value.code == "demo_partner"
