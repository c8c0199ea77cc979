"""What a tree raises where bytes it shows can't be given."""


class BytesUnreadable(Exception):
    """A file's bytes are missing or damaged where they are stored; the message names the file and the cause."""
