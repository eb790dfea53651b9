"""A kind of model cannot be trained here."""

from __future__ import annotations


class ModelUnavailableError(Exception):
    """The package that a kind of model is trained with is not installed; the message says which."""
