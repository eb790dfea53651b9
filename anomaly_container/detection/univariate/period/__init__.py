"""The search for a season."""
