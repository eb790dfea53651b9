"""Settings of the consumer of Kafka."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo

from anomaly_container.services.streams.words import comma_separated
from anomaly_container.settings.section import Section
from anomaly_container.settings.validators import AbsolutePath, any_case

TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")
BEGINNINGS: Final = ("earliest", "latest")
SASL: Final = "sasl-"


def _from(value: str) -> str:
    folded = value.casefold()
    if folded in BEGINNINGS:
        return folded
    try:
        datetime.fromisoformat(value)
    except ValueError:
        message = "It must be earliest, latest or a time of ISO 8601"
        raise ValueError(message) from None
    return value


def topic_name(value: str) -> str:
    """Check the name of a topic or of a group."""
    if TOPIC.fullmatch(value):
        return value
    message = "It must be letters, digits and . _ -, at most 249"
    raise ValueError(message)


def _partitions(value: str) -> str:
    given = comma_separated(value)
    if given and all(part.isascii() and part.isdigit() for part in given) and len(set(given)) == len(given):
        return ",".join(given)
    message = "It must be numbers of partitions, separated by commas"
    raise ValueError(message)


def _with_credentials(value: str, info: ValidationInfo) -> str:
    is_given = info.data.get("kafka_user") is not None and info.data.get("kafka_password") is not None
    if value.startswith(SASL) and not is_given:
        message = "SASL needs Streams:Kafka:User and Streams:Kafka:Password"
        raise ValueError(message)
    return value


def _with_certificate(value: AbsolutePath, info: ValidationInfo) -> AbsolutePath:
    if info.data.get("kafka_certificate") is not None:
        return value
    message = "It belongs to a Streams:Kafka:Certificate, which must be given too"
    raise ValueError(message)


class KafkaSettings(Section):
    """The group, its beginning, its batches, and the connection to the brokers."""

    kafka_group: Annotated[str, AfterValidator(topic_name)] | None = Field(None, alias="Streams:Kafka:Group")
    kafka_from: Annotated[str, AfterValidator(_from)] = Field("earliest", alias="Streams:Kafka:From")
    kafka_batch_events: int = Field(2000, alias="Streams:Kafka:BatchEvents", ge=1, le=20_000)
    kafka_batch_ms: int = Field(250, alias="Streams:Kafka:BatchMs", ge=10, le=10_000)
    kafka_session_seconds: int = Field(30, alias="Streams:Kafka:SessionSeconds", ge=6, le=300)
    kafka_rebalance_seconds: int = Field(60, alias="Streams:Kafka:RebalanceSeconds", ge=6, le=600)
    kafka_user: str | None = Field(None, alias="Streams:Kafka:User")
    kafka_password: SecretStr | None = Field(None, alias="Streams:Kafka:Password")
    kafka_security: Annotated[
        Literal["plaintext", "tls", "sasl-plain", "sasl-scram-256", "sasl-scram-512"],
        BeforeValidator(any_case),
        AfterValidator(_with_credentials),
    ] = Field("plaintext", alias="Streams:Kafka:Security")
    kafka_allow_plain: bool = Field(False, alias="Streams:Kafka:AllowPlain")
    kafka_ca_bundle: AbsolutePath | None = Field(None, alias="Streams:Kafka:CaBundle")
    kafka_certificate: AbsolutePath | None = Field(None, alias="Streams:Kafka:Certificate")
    kafka_key: Annotated[AbsolutePath, AfterValidator(_with_certificate)] | None = Field(
        None, alias="Streams:Kafka:Key"
    )
    kafka_partitions: Annotated[str, AfterValidator(_partitions)] | None = Field(
        None, alias="Streams:Kafka:Partitions"
    )

    @property
    def fixed_partitions(self) -> tuple[int, ...]:
        """The partitions that are read instead of those that the group assigns; empty for the group's."""
        return tuple(int(part) for part in comma_separated(self.kafka_partitions))

    @property
    def kafka_from_time(self) -> float | None:
        """The time of `Streams:Kafka:From` in seconds since 1970; None if it is a word."""
        if self.kafka_from in BEGINNINGS:
            return None
        found = datetime.fromisoformat(self.kafka_from)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
