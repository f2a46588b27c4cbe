"""Files that are not UTF-8: what encoding they seem to have, and how to save them as UTF-8."""

from __future__ import annotations

import codecs

from sim.errors import Message

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AS_TEXT = Message("errors_evidence.save_text")
AS_CSV = Message("errors_evidence.save_table")


def not_utf8(content: bytes, *, table: bool) -> Message:
    """Say what bytes that are not UTF-8 seem to be, and how to save them as UTF-8.

    Parameters
    ----------
    content
        The whole file.
    table
        Whether it should be a CSV file.
    """
    way = AS_CSV if table else _AS_TEXT
    if content.startswith(_UTF_16):
        return Message("errors_evidence.utf16", way=way)
    if _is_gbk(content):
        return Message("errors_evidence.gbk", way=way)
    return Message("errors_evidence.not_utf8", way=way)


def _is_gbk(content: bytes) -> bool:
    """Whether bytes decode as Chinese text: printable characters only, most of them in the common set (GB 2312)."""
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return False
    foreign = [sign for sign in text if not sign.isascii()]
    common = sum(bool(sign.encode("gb2312", "ignore")) for sign in foreign)
    return all(sign.isprintable() or sign in "\t\r\n\u3000" for sign in text) and 2 * common > len(foreign)


def csv_bytes(text: str) -> bytes:
    """Encode a CSV file as UTF-8, with a byte-order mark if not all ASCII: without it, Excel would read GBK."""
    return text.encode("utf-8" if text.isascii() else "utf-8-sig")
