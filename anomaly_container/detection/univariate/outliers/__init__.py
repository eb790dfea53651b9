"""Rules that mark outliers."""
