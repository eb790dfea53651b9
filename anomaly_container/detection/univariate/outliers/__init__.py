"""Outlier tests and their combination."""
