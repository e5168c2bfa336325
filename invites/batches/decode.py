"""The text of an uploaded file, in any encoding that spreadsheets save."""

import codecs

from django.utils.translation import gettext as _

from invites.batches.unreadable import MAX_BYTES, Unreadable

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# How other files begin: xlsx, ods and zip; xls; gzip; PDF.
OTHER_FILES = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF-")


def decode(data: bytes) -> str:
    """UTF-8 with or without a byte order mark, UTF-16 with one, or Windows-1252; raises `Unreadable`."""
    if len(data) > MAX_BYTES:
        raise Unreadable(_("This is more than 1 MB, the most that can be read at once. Divide the list."))
    if data.startswith(OTHER_FILES):
        raise Unreadable(
            _("This is not a text file, whatever its name. In your spreadsheet program, save it as CSV.")
        )
    text = _decode(data)
    if "\0" in text:
        raise Unreadable(
            _("This is not a text file: it has a NUL character. In your spreadsheet program, save it as CSV.")
        )
    return text


def _decode(data: bytes) -> str:
    for encoding in ["utf-16"] if data.startswith(UTF_16) else ["utf-8-sig", "cp1252"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("The file's characters can't be read. Save it as CSV in UTF-8."))
