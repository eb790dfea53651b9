"""Forests of random trees that find outliers among rows of several features: arrays in, arrays out.

`isolation` is the isolation forest. Functions check only what their docstrings list under Raises.
"""

from anomaly_container.detection.forest._kernels import kernels_compiled

__all__ = ["kernels_compiled"]
