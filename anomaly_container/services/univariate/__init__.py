"""The univariate API."""
