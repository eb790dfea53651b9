"""The address of a store.

The smallest example: `s3://plant/line-1` is the bucket `plant` and the prefix `line-1`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from anomaly_container.outbound.store_url import StoreAddress, StoreUrlError, parse_store_url

SECRET = "hunter2"  # noqa: S105  # it must not be shown


def test_a_url_has_a_bucket_and_a_prefix() -> None:
    assert parse_store_url("s3://plant/line-1") == StoreAddress("s3", "plant", "line-1")
    assert parse_store_url("gs://plant") == StoreAddress("gs", "plant")
    assert parse_store_url("az://plant/a/b/") == StoreAddress("az", "plant", "a/b")


def test_a_folder_is_absolute() -> None:
    assert parse_store_url("file:///var/my%20data").folder == Path("/var/my data")
    assert parse_store_url("file://localhost/var").folder == Path("/var")


@pytest.mark.parametrize(
    "url",
    [
        *("", "plant", "http://plant", "s3:plant", "s3://", "s3:///x", "s3://-x", "s3://a_/x", "s3://[x"),
        *(
            f"s3://user:{SECRET}@plant",
            f"s3://{SECRET}@plant/x",
            f"s3://plant/x?sig={SECRET}",
            "s3://plant#x",
        ),
        *("s3://plant:80/x", "s3://plant/a//b", "s3://plant/../x", "s3://plant:x/"),
        *("file://plant/x", "file:x", "file://", "file:///a%00b", "file:///a?b"),
    ],
)
def test_a_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(StoreUrlError) as caught:
        parse_store_url(url)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "endpoint",
    ["https://s3.example", "http://127.0.0.1:9000", "http://localhost:9000/x", "http://[::1]:9000"],
)
def test_an_endpoint_has_tls_or_is_on_loopback(endpoint: str) -> None:
    assert parse_store_url("s3://plant", endpoint=endpoint).endpoint == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        *(
            "http://s3.example",
            "http://10.0.0.1:9000",
            "http://127.0.0.1.example",
            "ftp://127.0.0.1",
            "x",
            "",
        ),
        *(f"https://user:{SECRET}@s3.example", f"https://s3.example?key={SECRET}", "https://[x"),
    ],
)
def test_an_endpoint_is_refused_without_being_shown(endpoint: str) -> None:
    with pytest.raises(StoreUrlError) as caught:
        parse_store_url("s3://plant", endpoint=endpoint)
    assert SECRET not in str(caught.value)


def test_http_can_be_allowed() -> None:
    address = parse_store_url("az://plant", endpoint="http://10.0.0.1:9000", allow_http=True)
    assert address.endpoint == "http://10.0.0.1:9000"


@pytest.mark.parametrize("url", ["gs://plant", "file:///plant"])
def test_an_endpoint_is_for_some_stores(url: str) -> None:
    with pytest.raises(StoreUrlError):
        parse_store_url(url, endpoint="https://store.example")
