"""Hosts to which a URL in a message may lead.

The smallest example: `sns.*.amazonaws.com` allows sns.eu-west-1.amazonaws.com.
"""

from __future__ import annotations

import pytest

from anomaly_container.outbound.allowed_hosts import ForbiddenUrlError, HttpsUrl, allowed_url, is_host_pattern

HOSTS = ("sns.*.amazonaws.com", "sns.*.amazonaws.com.cn")
GOOD = "https://sns.eu-west-1.amazonaws.com"
TRICKS = (
    "http://sns.eu-west-1.amazonaws.com/x",
    "ftp://sns.eu-west-1.amazonaws.com/x",
    "//sns.eu-west-1.amazonaws.com/x",
    "https://sns.us-east-1.amazonaws.com.evil.example/x",
    "https://sns.x@evil/x",
    "https://sns.eu-west-1.amazonaws.com@evil.example/x",
    "https://sns.eu-west-1.amazonaws.com:443@evil.example/x",
    "https://evil.example#sns.eu-west-1.amazonaws.com",
    "https://evil.example/sns.eu-west-1.amazonaws.com",
    "https://evil.example\\@sns.eu-west-1.amazonaws.com/x",
    "https://sns.eu-west-1.amazonaws.com\\.evil.example/x",
    "https://sns..amazonaws.com/x",
    "https://sns.eu-west-1.amazonaws.com./x",
    "https://.sns.eu-west-1.amazonaws.com/x",
    "https://sns.a.b.amazonaws.com/x",
    "https://sns.amazonaws.com/x",
    "https://snsxeu-west-1.amazonaws.com/x",
    "https://sns.eu-west-1.amazonaws.co/x",
    "https://xsns.eu-west-1.amazonaws.com/x",
    "https://sns.-a.amazonaws.com/x",
    "https://sns.xn--80ak6aa92e.amazonaws.com/x",
    "https://sns.eu\u2011west.amazonaws.com/x",
    "https://sns.eu-west-1.amazonaws。com/x",
    "https://\uff53ns.eu-west-1.amazonaws.com/x",
    "https://sns.*.amazonaws.com/x",
    "https://sns.eu-west-1.amazonaws.com:444/x",
    "https://sns.eu-west-1.amazonaws.com:80/x",
    "https://sns.eu-west-1.amazonaws.com:/x",
    "https://127.0.0.1/x",
    "https://2130706433/x",
    "https://[::1]/x",
    "https://[::ffff:169.254.169.254]/x",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/x",
    "https://sns.eu-west-1.amazonaws.com/x#y",
    "https://sns.eu-west-1.amazonaws.com/x y",
    "https://sns.eu-west-1.amazonaws.com/x\r\nHost: evil.example",
    "https://sns.eu-west-1.amazonaws.com/\x00",
    " https://sns.eu-west-1.amazonaws.com/x",
    "https://sns.eu-west-1.amazonaws.com/x\n",
    "https:/sns.eu-west-1.amazonaws.com/x",
    "https:///sns.eu-west-1.amazonaws.com/x",
    "https://sns.%65u-west-1.amazonaws.com/x",
    f"{GOOD}/{'x' * 2048}",
    "",
)
"""URLs of which none may be asked."""


def test_a_url_of_an_allowed_host_has_parts() -> None:
    assert allowed_url(f"{GOOD}/a.pem?Action=x&T=1%2F", HOSTS) == HttpsUrl(
        f"{GOOD}/a.pem?Action=x&T=1%2F", "sns.eu-west-1.amazonaws.com", "/a.pem", "Action=x&T=1%2F"
    )
    assert (
        allowed_url("https://SNS.cn-north-1.amazonaws.com.cn:443", HOSTS).host
        == "sns.cn-north-1.amazonaws.com.cn"
    )


@pytest.mark.parametrize("url", TRICKS, ids=ascii)
def test_a_trick_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ForbiddenUrlError) as caught:
        allowed_url(url, HOSTS)
    assert "amazonaws" not in str(caught.value)
    assert "evil" not in str(caught.value)


def test_no_pattern_allows_an_address() -> None:
    with pytest.raises(ForbiddenUrlError):
        allowed_url("https://10.0.0.1/", ["10.0.0.1", "*.*.*.*"])


def test_a_pattern_has_whole_labels() -> None:
    assert all(map(is_host_pattern, (*HOSTS, "a.b.c", "sns.eu-west-1.amazonaws.com")))
    assert not any(
        map(
            is_host_pattern,
            ("", "*", "*.com", "a.*.com", "*.*.*", "sns*.amazonaws.com", "a..b.c", "a.b.1", "a.b.c."),
        )
    )
