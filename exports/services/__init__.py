"""What exports does: creating a frozen manifest of a collection, copying one out, and making one anew after a rebuild."""

from exports.services.copying import write_export, zip_export
from exports.services.creating import (
    ExportNameTaken,
    ExportUnbalanced,
    create_export,
    create_export_of_hold,
)
from exports.services.restoring import ExportNotTheSame, restore_exports

__all__ = [
    "ExportNameTaken",
    "ExportNotTheSame",
    "ExportUnbalanced",
    "create_export",
    "create_export_of_hold",
    "restore_exports",
    "write_export",
    "zip_export",
]
