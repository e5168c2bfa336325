"""Files as spreadsheets save them, and files that only pretend to be text."""

import gzip
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invites.batches.decode import decode
from invites.batches.unreadable import MAX_BYTES, Unreadable

TEXT = "E-Mail;Vorname\r\njürgen@bücher.example;Jürgen\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_spreadsheet_s_encodings_are_read(encoding):
    assert decode(TEXT.encode(encoding)) == TEXT


def test_utf_16_is_read_in_either_byte_order():
    assert decode(b"\xff\xfe" + TEXT.encode("utf-16-le")) == TEXT
    assert decode(b"\xfe\xff" + TEXT.encode("utf-16-be")) == TEXT


def test_one_megabyte_is_read_and_a_byte_more_is_not():
    assert len(decode(b"x" * MAX_BYTES)) == MAX_BYTES
    with pytest.raises(Unreadable, match="more than 1 MB"):
        decode(b"x" * (MAX_BYTES + 1))


def zipped():
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("guests.csv", TEXT)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        zipped(),
        gzip.compress(b"x"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"%PDF-1.7",
        b"email\0",
        b"\xff\xfe\0\0",
    ],
    ids=["zip", "gzip", "xls", "pdf", "nul", "nul in utf-16"],
)
def test_a_file_that_is_no_text_is_named_as_such(data):
    with pytest.raises(Unreadable, match="not a text file"):
        decode(data)


@pytest.mark.parametrize("data", [b"\x81\x8d", b"\xff\xfex", b"\xff\xfe\x00\xd8"])
def test_bytes_of_no_known_encoding_are_refused(data):
    with pytest.raises(Unreadable, match="characters can't be read"):
        decode(data)


@given(st.binary())
def test_any_bytes_are_read_or_refused(data):
    try:
        assert "\0" not in decode(data)
    except Unreadable as problem:
        assert str(problem.message)
