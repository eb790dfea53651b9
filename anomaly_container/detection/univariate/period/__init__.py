"""Period detection."""
