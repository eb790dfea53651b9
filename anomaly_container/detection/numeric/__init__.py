"""Arithmetic that libraries share."""
