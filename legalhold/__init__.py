"""Legalhold: preservation, legal holds, exports and shares for an organisation that runs it itself."""
