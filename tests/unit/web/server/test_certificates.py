"""The certificate: what it must be, and when it is read again."""

from __future__ import annotations

import logging
import os
import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import load
from anomaly_container.web.server.certificates import (
    Certificate,
    CertificateError,
    check_certificate,
    make_context,
)
from tests.support.authority import Authority, Pair, authority

if TYPE_CHECKING:
    from pathlib import Path

GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def pair(signer: Authority, tmp_path: Path) -> Pair:
    """A pair that a test may overwrite."""
    made = signer.pair("first")
    copy = Pair(tmp_path / "certificate.pem", tmp_path / "key.pem")
    shutil.copy(made.certificate, copy.certificate)
    shutil.copy(made.key, copy.key)
    return copy


def served_name(signer: Authority, context: ssl.SSLContext | None) -> str:
    """The name in the certificate that a client is shown."""
    assert context is not None
    trusting = ssl.create_default_context(cafile=signer.root)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(to_server, to_client, server_side=True)
    client = trusting.wrap_bio(to_client, to_server, server_hostname="localhost")
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    certificate: Any = client.getpeercert()
    [[(_, name)]] = certificate["subject"]
    return str(name)


class Clock:
    """Goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_tls_1_1_is_not_spoken_and_nobody_renegotiates(pair: Pair) -> None:
    context = make_context(pair.certificate, pair.key)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION


def test_certificate_and_key_may_be_in_one_file(pair: Pair, signer: Authority) -> None:
    both = pair.certificate.with_name("both.pem")
    both.write_bytes(pair.certificate.read_bytes() + pair.key.read_bytes())
    assert served_name(signer, make_context(both, None)) == "first"


def test_what_is_no_pair_stops_the_start(pair: Pair, signer: Authority) -> None:
    other = signer.pair("other")
    for certificate, key in (
        (pair.certificate, other.key),
        (pair.certificate, None),
        (pair.key, pair.key),
        (pair.certificate, pair.certificate.with_name("nothing")),
    ):
        words = [*GATE, f"Tls:Certificate={certificate}", *([f"Tls:Key={key}"] if key else [])]
        with pytest.raises(SettingsError, match="Tls:Certificate") as caught:
            check_certificate(load(words, {}, {}))
        assert len(caught.value.problems) == 1


def test_a_key_with_a_password_is_refused_and_not_asked_for(pair: Pair) -> None:
    locked = pair.key.with_name("locked.key")
    subprocess.run(  # noqa: S603  # a test's own words
        ["openssl", "pkey", "-in", pair.key, "-aes256", "-passout", "pass:secret", "-out", locked],  # noqa: S607  # as above
        check=True,
    )
    with pytest.raises(CertificateError):
        make_context(pair.certificate, locked)


def test_a_key_without_a_certificate_is_refused() -> None:
    with pytest.raises(SettingsError, match="Tls:Key"):
        load([*GATE, "Tls:Key=/tmp/key.pem"], {}, {})


def test_a_new_pair_is_used_for_the_next_connection(
    pair: Pair, signer: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    certificate = Certificate(pair.certificate, pair.key, clock)
    assert served_name(signer, certificate.context()) == "first"
    second = signer.pair("second")
    shutil.copy(second.certificate, pair.certificate)
    clock.now += 1.1
    # Half of it is there: the old one stays whole.
    assert served_name(signer, certificate.context()) == "first"
    clock.now += 1.1
    assert served_name(signer, certificate.context()) == "first"
    shutil.copy(second.key, pair.key)
    clock.now += 0.5
    assert served_name(signer, certificate.context()) == "first"
    clock.now += 1.1
    assert served_name(signer, certificate.context()) == "second"
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_worker_that_begins_with_a_broken_pair_encrypts_nothing_until_it_is_whole(
    pair: Pair, signer: Authority
) -> None:
    clock = Clock()
    whole = pair.key.read_text()
    pair.key.write_text("no key")
    certificate = Certificate(pair.certificate, pair.key, clock)
    assert certificate.context() is None
    pair.key.write_text(whole)
    clock.now += 1.1
    assert served_name(signer, certificate.context()) == "first"


@pytest.mark.parametrize("kind", ["pipe", "/dev/zero"])
def test_a_pipe_or_a_device_is_no_certificate(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "certificate"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(kind)
    with pytest.raises(CertificateError, match="Not a regular file"):
        make_context(path, None)
