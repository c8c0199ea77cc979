"""The bytes of an export's record: written as documented, read back, and refused where they aren't whole."""

from __future__ import annotations

import pytest

from exports.frozen import layout
from exports.frozen.layout import Record, RecordBroken, RecordKind, decode, encode, record_of

RECORDS = [
    record_of(RecordKind.EXPORT, {"export": "k", "manifest": "00"}),
    record_of(RecordKind.FILE, {"name": "READ ME"}),
    Record(RecordKind.PIECE, b"\0bytes"),
    record_of(RecordKind.FATE, {"fate": "exported"}),
]


def test_record_has_the_documented_bytes():
    data = b"".join(encode(records=RECORDS[2:3]))

    assert (
        data == b"LHEX\x01\x00\x00\x00" + b"\x03\x00\x00\x00\x06\x00bytes" + b"\x05\x00\x00\x00\x0d" + b'{"records":1}'
    )


def test_record_is_read_back_from_blocks_of_any_size():
    data = b"".join(encode(records=RECORDS))

    for size in (1, 7, len(data)):
        blocks = [data[start : start + size] for start in range(0, len(data), size)]
        assert list(decode(blocks=blocks)) == RECORDS


def test_parts_are_of_one_size_but_the_last(monkeypatch):
    monkeypatch.setattr(layout, "PART_BYTES", 10)

    parts = list(encode(records=RECORDS))

    assert {len(part) for part in parts[:-1]} == {10}
    assert list(decode(blocks=parts)) == RECORDS


WHOLE = b"".join(encode(records=RECORDS))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "ends 8 bytes too early"),
        (b"LHEY" + WHOLE[4:], "isn't an export's record"),
        (WHOLE[:4] + b"\x02" + WHOLE[5:], "version 2 isn't"),
        (WHOLE[:-1], "ends 1 bytes too early"),
        (WHOLE[:-18], "ends 5 bytes too early"),
        (WHOLE + b"\0", "don't end where"),
        (WHOLE[:-2] + b"5}", "4 records don't end where"),
        (WHOLE[:8] + b"\x09" + WHOLE[9:], "type 9 and 30 bytes"),
        (WHOLE[:9] + b"\xff" + WHOLE[10:], "type 1 and 427"),
    ],
)
def test_what_is_not_whole_is_refused(data, why):
    with pytest.raises(RecordBroken, match=why):
        list(decode(blocks=[data]))


def test_block_after_the_end_is_asked_for():
    """It is held back until the digest is checked."""

    def blocks():
        yield WHOLE
        raise RuntimeError("checked")

    with pytest.raises(RuntimeError, match="checked"):
        list(decode(blocks=blocks()))
