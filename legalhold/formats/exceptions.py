"""The codes an item can be marked with when it couldn't be read in full: a mark on a preserved item, never a fate."""

CONTAINER_REMAINDER = "CONTAINER_REMAINDER"  # a container holds bytes that none of its items carries
ENCRYPTED = "ENCRYPTED"
FROM_LINE_INSIDE = "FROM_LINE_INSIDE"  # a message holds a line that may begin another one, as lines of an mbox do
PARSE_ERROR = "PARSE_ERROR"
TOO_DEEP = "TOO_DEEP"
TOO_LARGE = "TOO_LARGE"  # more parts, lines or bytes than are looked at; the bytes are whole all the same
TRUNCATED = "TRUNCATED"  # the file ends inside the item
TRUNCATED_BASE64 = "TRUNCATED_BASE64"
UNKNOWN_CHARSET = "UNKNOWN_CHARSET"
ZERO_BYTE = "ZERO_BYTE"

EXCEPTION_CODES = (
    CONTAINER_REMAINDER,
    ENCRYPTED,
    FROM_LINE_INSIDE,
    PARSE_ERROR,
    TOO_DEEP,
    TOO_LARGE,
    TRUNCATED,
    TRUNCATED_BASE64,
    UNKNOWN_CHARSET,
    ZERO_BYTE,
)
