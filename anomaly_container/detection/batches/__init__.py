"""Anomalies in tables that arrive batch by batch: bytes, columns and numbers in, columns and bytes out."""

from anomaly_container.detection.batches._kernels import kernels_compiled

__all__ = ["kernels_compiled"]
