"""Ingesting a path as one snapshot of one source, and finishing what a process that is gone left open."""

from legalhold.ingest.ledger import LedgerUnbalanced
from legalhold.ingest.owning import SourceBusy
from legalhold.ingest.report import IngestReport
from legalhold.ingest.services.ingesting import IngestRequest, TakenInFuture, VanishedShare, ingest
from legalhold.ingest.services.recovering import recover_ingests
from legalhold.ingest.services.resolving import SourceNotNamed

__all__ = [
    "IngestReport",
    "IngestRequest",
    "LedgerUnbalanced",
    "SourceBusy",
    "SourceNotNamed",
    "TakenInFuture",
    "VanishedShare",
    "ingest",
    "recover_ingests",
]
