"""What no answer may tell to who is not let in."""

WRITE_METHODS = [
    "PUT",
    "POST",
    "DELETE",
    "MKCOL",
    "COPY",
    "MOVE",
    "PROPPATCH",
    "LOCK",
    "UNLOCK",
    "PATCH",
    "ACL",
    "REPORT",
    "MKCALENDAR",
    "SEARCH",
    "BIND",
    "TRACE",
    "get",
]

# What no answer to an outsider may hold: names, contents, the label, the secret.
CANARIES = [b"READ ME", b"canary", b"Mail", b"Device", b"ller", b"big.bin", b"0123456789"]


def leaks(answer):
    sent = answer.body + repr(answer.headers).encode()
    return [canary for canary in CANARIES if canary in sent]
