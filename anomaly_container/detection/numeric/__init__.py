"""Arithmetic shared by the detection libraries."""
