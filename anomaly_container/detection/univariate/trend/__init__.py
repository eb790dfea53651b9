"""Trend of a series without a season."""
