"""How brokers are reached.

The smallest example: without any security the servers are all that a client is told.
"""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from anomaly_container.services.streams.cluster import Cluster
from tests.support.stream_samples import stream_settings

SASL: dict[str, Any] = {"security": "sasl-scram-256", "user": "name", "password": "secret"}


def test_without_security_there_are_only_servers() -> None:
    assert Cluster(servers="a:1,b:2").options() == {"bootstrap_servers": "a:1,b:2"}


def test_a_password_goes_over_tls() -> None:
    options = Cluster(servers="a:1", **SASL).options()
    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-256"
    context = options["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_password_goes_without_tls_if_that_is_allowed() -> None:
    options = Cluster(servers="a:1", allow_plain=True, **SASL).options()
    assert options["security_protocol"] == "SASL_PLAINTEXT"
    assert "ssl_context" not in options


def test_tls_alone_has_no_user() -> None:
    options = Cluster(servers="a:1", security="tls").options()
    assert options["security_protocol"] == "SSL"
    assert "sasl_mechanism" not in options


def test_a_missing_bundle_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        Cluster(servers="a:1", security="tls", ca_bundle="/does/not/exist").options()


def test_settings_make_a_cluster() -> None:
    words = {"Kafka_User": "name", "Kafka_Password": "secret", "Kafka_Security": "sasl-plain"}
    cluster = Cluster.of("a:1", stream_settings(**words))
    assert (cluster.user, cluster.password, cluster.security) == ("name", "secret", "sasl-plain")
    assert Cluster.of("a:1", stream_settings()) == Cluster(servers="a:1")
