"""Keys that are read and written.

The smallest example: `raw/a b.csv` is one, `raw/../state` is not.
"""

from __future__ import annotations

import pytest

from anomaly_container.outbound.errors import BadKey
from anomaly_container.outbound.object_key import check_key, check_prefix
from tests.support.store_contract import HOSTILE_KEYS


@pytest.mark.parametrize("key", ["raw/a b.csv", "a", "...", "a/.b", "é" * 512, "a\\b", "%2e%2e/x", "a=1/b"])
def test_a_key_is_returned_as_it_is(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize(
    "key", [*HOSTILE_KEYS, "raw/../state", "x" * 1025, "a\x9b", "../a", "a/.."], ids=ascii
)
def test_a_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(BadKey) as caught:
        check_key(key)
    assert len(key) < 4 or key not in str(caught.value)


def test_a_prefix_is_blank_or_ends_with_a_slash() -> None:
    assert [check_prefix(prefix) for prefix in ("", "raw/", "a/b/")] == ["", "raw/", "a/b/"]
    for prefix in ("raw", "/", "a//", "../"):
        with pytest.raises(BadKey):
            check_prefix(prefix)
