"""What ``genkan verify --receipt`` says of a receipt, years later and anywhere."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from gateway.bundle.checking import folded
from gateway.bundle.members import read_keys
from gateway.cli.bundles import UNTRUSTED, warn_of_stranger
from gateway.cli.events import read_file
from gateway.cli.reach import Failed
from gateway.cli.show import print_json, print_line, said
from gateway.moments import utc
from gateway.receipt import BadReceipt, Read, read
from waiting_room.errors import Malformed
from waiting_room.journal.chain import fingerprint


def verify_receipt(text: str, trust: list[str], keys: Path | None, *, as_json: bool) -> int:
    """Say what it says; the exit code, as for a bundle."""
    known = {folded(one) for one in trust} | (_published(keys) if keys is not None else set())
    try:
        found = read(text)
    except BadReceipt as error:
        sentence = said("この受付票は正しくありません。", "This receipt is not right.")
        raise Failed("bad_receipt", f"{sentence} ({error})") from error
    trusted = found.fingerprint in known if known else None
    if as_json:
        receipt = asdict(found.receipt)
        print_json({"ok": trusted is not False, "trusted": trusted, "signed_by": found.fingerprint, "receipt": receipt})
    else:
        _print(found, trusted)
    return {True: 0, False: 1, None: UNTRUSTED}[trusted]


def _published(path: Path) -> set[str]:
    """The fingerprints of the record keys in a JWK set. Failed."""
    try:
        return {fingerprint(key) for key in read_keys(read_file(path)).values()}
    except Malformed as error:
        raise Failed("bad_keys", f"{path}: {error.sentence}", usage=True) from error


def _print(found: Read, trusted: bool | None) -> None:
    one = found.receipt
    print_line(said(f"イベント {one.event}、番号 {one.number}", f"event {one.event}, number {one.number}"))
    if one.rehearsal:
        print_line(said("練習の受付票です。", "It is of a rehearsal, not of a real interview."))
    print_line(said(f"受付の時刻 {utc(one.at)} (UTC)", f"checked in at {utc(one.at)} (UTC)"))
    print_line(said(f"記録の位置 #{one.offset}", f"entry #{one.offset}"))
    print_line(said(f"署名した記録鍵: {found.fingerprint}", f"signed by record key: {found.fingerprint}"))
    if trusted is None:
        warn_of_stranger()
    elif not trusted:
        print_line(said("信頼する鍵の署名ではありません。", "It was not signed by the key that is trusted."))
