"""The main way, over a real socket."""

import hashlib


def test_file_read_is_recorded_and_byte_equal(client, shares, dav_kit):
    answer = client.ask("GET", "/dav/Device/big.bin")

    assert answer.status == 200
    assert answer.body == dav_kit.BIG
    digest = hashlib.sha256(dav_kit.BIG).hexdigest()
    assert answer.headers["etag"] == f'"{digest}"'
    assert dav_kit.wait_for(lambda: shares.reads[0]["sent"] == len(dav_kit.BIG))
    assert [(r["share"], r["path"], r["digest"], r["start"], r["stop"], r["method"], r["client"]) for r in shares.reads] == [
        ("share-1", ("Device", "big.bin"), digest, 0, len(dav_kit.BIG), "GET", "127.0.0.1")
    ]
