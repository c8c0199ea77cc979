"""What exports does: creating a frozen manifest, verifying it, copying it out, and bringing it back after a rebuild."""

from exports.services.copying import write_export, zip_export
from exports.services.creating import (
    ExportNameTaken,
    ExportUnbalanced,
    create_export,
    create_export_of_hold,
)
from exports.services.restoring import (
    ExportNotTheSame,
    exports_without_record,
    restore_exports,
    restore_frozen_exports,
)
from exports.services.verifying import verify_export

__all__ = [
    "ExportNameTaken",
    "ExportNotTheSame",
    "ExportUnbalanced",
    "create_export",
    "create_export_of_hold",
    "exports_without_record",
    "restore_exports",
    "restore_frozen_exports",
    "verify_export",
    "write_export",
    "zip_export",
]
