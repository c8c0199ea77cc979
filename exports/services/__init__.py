"""What exports does: creating a frozen manifest of a collection, and making one anew after a rebuild."""

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

__all__ = [
    "ExportNameTaken",
    "ExportNotTheSame",
    "ExportUnbalanced",
    "create_export",
    "create_export_of_hold",
    "exports_without_record",
    "restore_exports",
    "restore_frozen_exports",
]
