"""Batches: CSV files of an object store or a folder, scored once, with a running baseline."""
