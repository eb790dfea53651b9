"""The random cut forest: rows that a random cut of the data's box parts early from all others are rare."""

from anomaly_container.detection.forest.random_cut.forest import RandomCutForest
from anomaly_container.detection.forest.random_cut.tree import estimated_bytes

__all__ = ["RandomCutForest", "estimated_bytes"]
