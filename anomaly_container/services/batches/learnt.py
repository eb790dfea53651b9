"""What was learnt, as JSON in the state: arrays become lists, and lists become equal arrays."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def to_json(learnt: object) -> Any:  # noqa: ANN401  # JSON
    """Return a dataclass of arrays, numbers and further dataclasses as JSON.

    Parameters
    ----------
    learnt
        The baseline of a mode. NaN in an array becomes null when the JSON is written.
    """
    if isinstance(learnt, np.ndarray):
        return learnt.tolist()
    if is_dataclass(learnt):
        return {one.name: to_json(getattr(learnt, one.name)) for one in fields(learnt)}
    return learnt


def from_json(content: Any, like: T) -> T:  # noqa: ANN401  # JSON
    """Return the dataclass of its JSON.

    Parameters
    ----------
    content
        The JSON.
    like
        The baseline before the first row, whose arrays have the same types and numbers of columns.
    """
    values: dict[str, Any] = {}
    for one in fields(like):  # type: ignore[arg-type]  # a dataclass
        found, sample = content[one.name], getattr(like, one.name)
        if found is None:
            values[one.name] = None
        elif isinstance(sample, np.ndarray):
            values[one.name] = np.array(found, dtype=sample.dtype).reshape(-1, *sample.shape[1:])
        elif is_dataclass(sample):
            values[one.name] = from_json(found, sample)
        else:
            values[one.name] = found
    return type(like)(**values)
