"""Trends of series without a season."""
