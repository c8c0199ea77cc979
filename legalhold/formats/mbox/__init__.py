"""Splitting mbox files into messages: where each lies, and its bytes as its variant of quoting says.

Reads a file twice in blocks: once to index its From_ lines, once for its messages. No memory map: a file cut short by
another process would kill the reader.
"""

from legalhold.formats.mbox.delivery import opening_line, with_delivery
from legalhold.formats.mbox.index import MboxIndex, MboxVariant, index_mbox, looks_like_mbox
from legalhold.formats.mbox.messages import MboxMessage, read_messages
from legalhold.formats.mbox.quoting import SourceShrank, UnquotedSlice, unquote
from legalhold.formats.mbox.remainder import has_postamble, has_preamble

__all__ = [
    "MboxIndex",
    "MboxMessage",
    "MboxVariant",
    "SourceShrank",
    "UnquotedSlice",
    "has_postamble",
    "has_preamble",
    "index_mbox",
    "looks_like_mbox",
    "opening_line",
    "read_messages",
    "unquote",
    "with_delivery",
]
