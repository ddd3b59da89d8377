"""Which format a file has, and its questions."""

from __future__ import annotations

from collections.abc import Sequence

from bot.exchange.build import build
from bot.exchange.found import BYTES, XLSX_BYTES, Found, Unusable
from bot.exchange.gift import read_gift
from bot.exchange.kahoot import read_kahoot
from bot.exchange.moodle import read_moodle
from bot.exchange.own import read_own
from bot.exchange.texts import decode

ZIP, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_quiz(name: str, data: bytes, set_name: str, lang: str, tags: Sequence[str]) -> Found:
    """The questions of a file as items `<set_name>.1`, `.2`, …; in `lang`, unless the file says its languages (`tags`
    are those that there are). What cannot be used is in `skipped`. Raises Unusable when nothing can be read.

    The content decides on the format, not the file's name; the name only tells YAML from GIFT.
    """
    if data.startswith(OLD_OFFICE):
        raise Unusable("an old Excel file (.xls): please save it as .xlsx")
    sheet = data.startswith(ZIP)
    if len(data) > (limit := XLSX_BYTES if sheet else BYTES):
        raise Unusable(f"the file has {len(data) / 1e6:.1f} MB, at most {limit // 1_000_000} MB are read")
    if sheet:
        return build(read_kahoot(data), set_name, lang, "XLSX")
    text, encoding, notes = decode(data)
    begin = text.lstrip()[:200]
    if not begin:
        raise Unusable("the file is empty")
    if begin.startswith(("<?xml", "<quiz", "<!DOCTYPE", "<!--")):
        return build(read_moodle(text), set_name, lang, encoding, notes)
    if name.casefold().endswith((".yaml", ".yml")) or begin.startswith(("items:", "topic:", "language:")):
        return read_own(text, set_name, lang, tags, encoding, notes)
    return build(read_gift(text), set_name, lang, encoding, notes)
