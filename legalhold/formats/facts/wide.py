"""UTF-16 text as the UTF-8 that fact readers expect."""


def as_utf8(data: bytes) -> bytes:
    """Give UTF-16 text as UTF-8, with or without its byte order mark; anything else as it is."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    for encoding in ("utf-16-le", "utf-16-be"):
        if data.startswith("BEGIN".encode(encoding)):
            return data.decode(encoding, "replace").encode("utf-8", "replace")
    return data
