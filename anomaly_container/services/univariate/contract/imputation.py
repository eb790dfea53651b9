"""The imputation of missing points: the three fields by which a request can choose it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anomaly_container.detection.univariate import ImputeMode
from anomaly_container.services.univariate.contract.errors import (
    IMPUTE_MODES,
    INVALID_FILL_UP_MODE,
    INVALID_FIXED_VALUE,
    INVALID_IMPUTE_FIXED_VALUE,
    INVALID_IMPUTE_MODE,
    INVALID_IMPUTE_VALUE,
)
from anomaly_container.services.univariate.contract.limits import MAX_MAGNITUDE
from anomaly_container.services.univariate.contract.names import in_either_spelling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.univariate.contract.errors import Fault
    from anomaly_container.services.univariate.contract.fields import Fields

# The documented modes, and the two names that older clients use.
_OLDER_NAMES: Final = {"last": ImputeMode.PREVIOUS, "no": ImputeMode.NOT_FILL}
_MODES: Final = {name: _OLDER_NAMES.get(name) or ImputeMode(name) for name in IMPUTE_MODES}

# In the older field, `zero` means that gaps are not filled.
_FILL_UP_MODES: Final = _MODES | {"zero": ImputeMode.NOT_FILL}


def imputation(fields: Fields, *, pascal: bool, reads_strategy: bool) -> tuple[ImputeMode, float]:
    """Return how empty slots are filled, and the value for `ImputeMode.FIXED`.

    `imputeStrategy` comes first if the version reads it, then `imputeMode`; the older `fillUpMode` is
    read only if neither is given.

    Parameters
    ----------
    fields
        The fields of the body.
    pascal
        Whether the body is in PascalCase; names inside `imputeStrategy` are read in either spelling.
    reads_strategy
        Whether the version has `imputeStrategy`.

    Raises
    ------
    ContractError
        If the mode is not in the list, or a fixed value is needed and is not a number within the bounds of
        values.
    """
    if reads_strategy and fields.impute_strategy is not None:
        return _strategy(fields.impute_strategy, pascal=pascal)
    if fields.impute_mode is not None:
        mode = _mode(fields.impute_mode, _MODES, INVALID_IMPUTE_MODE)
        return mode, _fixed_value(mode, fields.impute_fixed_value, INVALID_IMPUTE_FIXED_VALUE)
    if fields.fill_up_mode is not None:
        mode = _mode(fields.fill_up_mode, _FILL_UP_MODES, INVALID_FILL_UP_MODE)
        return mode, _fixed_value(mode, fields.fixed_value, INVALID_FIXED_VALUE)
    return ImputeMode.AUTO, 0.0


def _strategy(strategy: object, *, pascal: bool) -> tuple[ImputeMode, float]:
    if not isinstance(strategy, dict):
        raise INVALID_IMPUTE_MODE.error()
    mode = _mode(in_either_spelling(strategy, "impute_mode", pascal=pascal), _MODES, INVALID_IMPUTE_MODE)
    value = in_either_spelling(strategy, "impute_value", pascal=pascal)
    return mode, _fixed_value(mode, value, INVALID_IMPUTE_VALUE)


def _mode(name: object, modes: Mapping[str, ImputeMode], fault: Fault) -> ImputeMode:
    if not isinstance(name, str) or name not in modes:
        raise fault.error()
    return modes[name]


def _fixed_value(mode: ImputeMode, value: object, fault: Fault) -> float:
    """Return the value of `ImputeMode.FIXED`; any other mode ignores it."""
    if mode is not ImputeMode.FIXED:
        return 0.0
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= MAX_MAGNITUDE:
        raise fault.error()
    return float(value)
