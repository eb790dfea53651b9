"""Addresses of the public internet: those to which a URL that came in a message may lead."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

NOT_PUBLIC_4: Final = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            # Multicast, reserved, broadcast.
            *("224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
"""The special-purpose registry of IANA; that of the standard library changes with its version."""

UNICAST_6: Final = IPv6Network("2000::/3")
"""All that is given out so far. Mapped IPv4, loopback, local and multicast addresses are outside."""

NOT_PUBLIC_6: Final = tuple(
    # Protocols (with Teredo), documentation, 6to4, which leads to an address of IPv4, AS112, documentation.
    map(
        IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)


def is_public_unicast(address: str) -> bool:
    """Return True for an address of one host of the public internet.

    Parameters
    ----------
    address
        An address of IPv4 or IPv6 as text. Any other text, and one with a zone, is not public.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in NOT_PUBLIC_4)
    return _is_public_6(parsed)


def _is_public_6(address: IPv6Address) -> bool:
    return (
        address.scope_id is None
        and address in UNICAST_6
        and not any(address in network for network in NOT_PUBLIC_6)
    )
