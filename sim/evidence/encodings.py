"""Bytes that are no UTF-8 text: what they are instead, and how the editor at hand saves them as UTF-8."""

from __future__ import annotations

import codecs

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOTEPAD = "in Notepad: Save as, encoding UTF-8 (记事本：文件 > 另存为 > 编码选 UTF-8)"
_EXCEL = "in Excel: Save as, CSV UTF-8 (Comma delimited) (另存为 > CSV UTF-8（逗号分隔）)"


def not_utf8(content: bytes, *, table: bool) -> str:
    """Say what bytes that cannot be read as UTF-8 are, as far as it shows, and how to save them.

    Parameters
    ----------
    content
        All of the file.
    table
        Whether it should be a CSV file.
    """
    way = _EXCEL if table else _NOTEPAD
    if content.startswith(_UTF_16):
        return f"this is not UTF-8 text but UTF-16 (Unicode); save it again, {way}"
    if _is_gbk(content):
        return f"this is not UTF-8 text but GBK, as Chinese Windows writes it; save it again, {way}"
    return f"this is not UTF-8 text; save it again, {way}"


def _is_gbk(content: bytes) -> bool:
    """Whether bytes read as Chinese text: nothing but printed signs, most of them from the common set (GB 2312)."""
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return False
    foreign = [sign for sign in text if not sign.isascii()]
    common = sum(bool(sign.encode("gb2312", "ignore")) for sign in foreign)
    return all(sign.isprintable() or sign in "\t\r\n\u3000" for sign in text) and 2 * common > len(foreign)
