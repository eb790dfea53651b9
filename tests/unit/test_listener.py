"""What stands in the way of listening, and the sentence for it."""

from __future__ import annotations

import errno
import socket

import pytest

from anomaly_container.listener import ListenError, address, try_to_bind


def test_a_port_in_use_is_named_with_the_setting_that_chooses_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ListenError) as refused:
            try_to_bind("127.0.0.1", port)
    assert str(refused.value) == (
        f"Cannot listen on 127.0.0.1:{port}: the port is in use. End what uses it, or choose another one "
        "with Port=<number>."
    )


def test_a_port_in_use_on_one_address_is_in_use_on_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(ListenError, match="in use"):
        try_to_bind("0.0.0.0", listening.getsockname()[1])  # noqa: S104  # it never listens


def test_the_port_of_connections_that_have_ended_is_free() -> None:
    """Who closes first keeps the port for a minute against all but servers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = listening.accept()
        accepted.close()
        assert client.recv(1) == b""
        client.close()
    with socket.socket() as strict, pytest.raises(OSError, match="in use"):
        strict.bind(("127.0.0.1", port))
    try_to_bind("127.0.0.1", port)


def test_looking_takes_nothing() -> None:
    """Any number of starts may look at once, and whoever listens first has it."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        try_to_bind("127.0.0.1", port)
        try_to_bind("127.0.0.1", port)
        bound.listen()
        with pytest.raises(ListenError, match="in use"):
            try_to_bind("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("192.0.2.1", "this machine has no such address. Choose one that it has with Host=<address>"),
        ("2001:db8::1", "Host=<address>"),
        ("name.invalid", "the name cannot be resolved. Choose an address with Host=<address>"),
        ("1.2.3.4.5", "the name cannot be resolved."),
        ("::::", "the name cannot be resolved."),
    ],
)
def test_an_address_of_others_is_told_apart(host: str, reason: str) -> None:
    with pytest.raises(ListenError) as refused:
        try_to_bind(host, 5000)
    sentence = str(refused.value)
    assert sentence.startswith(f"Cannot listen on {address(host, 5000)}: ")
    assert reason in sentence
    assert "\n" not in sentence


def test_a_privileged_port_is_told_apart() -> None:
    """The tests may run as root, who may take it."""
    error = PermissionError(errno.EACCES, "Permission denied")
    assert str(ListenError("::", 80, error)) == (
        "Cannot listen on [::]:80: this process may not take a port that low. Choose one of 1024 or above "
        "with Port=<number>."
    )


def test_another_error_has_the_words_of_the_system() -> None:
    assert str(ListenError("h", 1, OSError(errno.ENOBUFS, "No buffer space available"))) == (
        "Cannot listen on h:1: No buffer space available."
    )
    assert (
        str(ListenError("h", 1, OSError("could not bind on any address"))) == "Cannot listen on h:1: OSError."
    )


@pytest.mark.parametrize("host", ["::1", "::"])
def test_version_6(host: str) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ListenError, match=r"Cannot listen on \[::1?\]:[0-9]+: the port is in use"):
            try_to_bind(host, port)
    try_to_bind(host, port)
