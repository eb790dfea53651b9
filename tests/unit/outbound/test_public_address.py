"""Addresses of the public internet.

The smallest example: 8.8.8.8 is one, 127.0.0.1 is not.
"""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from anomaly_container.outbound.loopback import is_loopback
from anomaly_container.outbound.public_address import is_public_unicast


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "52.94.236.248", "172.15.0.1", "2600:1f18::1", "2a00::1"]
)
def test_it_is_public(address: str) -> None:
    assert is_public_unicast(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
        ),
        *("100.64.0.1", "0.0.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "192.0.0.1"),
        *("192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"),
        *(
            "::1",
            "::",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:8.8.8.8",
            "::8.8.8.8",
        ),
        *("64:ff9b::808:808", "2002:7f00:1::", "2001::1", "2001:db8::1", "100::1", "fec0::1", "3fff::1"),
        *(
            "",
            "localhost",
            "8.8.8",
            "0x7f.1",
            "2130706433",
            "8.8.8.8 ",
            "8.8.8.8%1",
            "[2600::1]",
            "2600::1%1",
        ),
    ],
)
def test_it_is_not(address: str) -> None:
    assert not is_public_unicast(address)


@given(integers(0, 2**32 - 1))
def test_what_is_public_is_global_for_python_too(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    if is_public_unicast(str(address)):
        assert address.is_global
        assert not address.is_multicast
    assert not is_public_unicast(f"::ffff:{address}")


def test_loopback_is_known_by_its_spelling() -> None:
    assert all(map(is_loopback, ("localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]")))
    assert not any(
        map(is_loopback, ("", "localhost.example", "127.0.0.1.example", "10.0.0.1", "0.0.0.1", "::"))
    )  # not bound
