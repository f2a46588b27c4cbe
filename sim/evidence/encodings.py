"""Files that are not UTF-8: what encoding they seem to have, and how to save them as UTF-8."""

from __future__ import annotations

import codecs

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOTEPAD = "in Notepad, save it with the encoding UTF-8 (记事本：文件 > 另存为 > 编码选 UTF-8)"
AS_CSV = "in a spreadsheet, save it as 'CSV UTF-8' (Excel：文件 > 另存为 > CSV UTF-8（逗号分隔）)"


def not_utf8(content: bytes, *, table: bool) -> str:
    """Say what bytes that are not UTF-8 seem to be, and how to save them as UTF-8.

    Parameters
    ----------
    content
        The whole file.
    table
        Whether it should be a CSV file.
    """
    way = AS_CSV if table else _NOTEPAD
    if content.startswith(_UTF_16):
        return f"this is not UTF-8 text but UTF-16 (Unicode); {way}"
    if _is_gbk(content):
        return f"this is not UTF-8 text but GBK, as Chinese Windows writes it; {way}"
    return f"this is not UTF-8 text; {way}"


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
