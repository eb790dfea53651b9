"""A cluster of Kafka: the connection to its brokers, and its clients."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

    from anomaly_container.services.streams.kafka_settings import KafkaSettings

ALREADY_EXISTS: Final = 36
"""The error of Kafka's protocol for a topic that another member has created first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The connection to brokers.

    Attributes
    ----------
    servers
        `host:port`, separated by commas.
    security
        plaintext, tls, sasl-plain, sasl-scram-256 or sasl-scram-512.
    user, password
        For sasl.
    ca_bundle, certificate, key
        Files of PEM for TLS: the authorities, and the certificate of this client with its key.
    allow_plain
        True if a password may be sent without TLS.
    """

    servers: str
    security: str = "plaintext"
    user: str = ""
    password: str = ""
    ca_bundle: str | None = None
    certificate: str | None = None
    key: str | None = None
    allow_plain: bool = False

    def options(self) -> dict[str, Any]:
        """Return the options of a client of aiokafka.

        Raises
        ------
        OSError
            If a file of TLS cannot be read.
        """
        found: dict[str, Any] = {"bootstrap_servers": self.servers}
        if self.security == "plaintext":
            return found
        is_sasl = self.security.startswith("sasl-")
        is_plain = is_sasl and self.allow_plain
        protocol = f"{'SASL_' if is_sasl else ''}{'PLAINTEXT' if is_plain else 'SSL'}"
        found["security_protocol"] = protocol
        if not is_plain:
            context = ssl.create_default_context(cafile=self.ca_bundle)
            if self.certificate:
                context.load_cert_chain(self.certificate, self.key)
            found["ssl_context"] = context
        if is_sasl:
            names = {
                "sasl-plain": "PLAIN",
                "sasl-scram-256": "SCRAM-SHA-256",
                "sasl-scram-512": "SCRAM-SHA-512",
            }
            found["sasl_mechanism"] = names[self.security]
            found["sasl_plain_username"], found["sasl_plain_password"] = self.user, self.password
        return found

    @classmethod
    def of(cls, servers: str, settings: KafkaSettings) -> Cluster:
        """Return the cluster that settings describe."""
        password = settings.kafka_password
        return cls(
            servers=servers,
            security=settings.kafka_security,
            user=settings.kafka_user or "",
            password=password.get_secret_value() if password is not None else "",
            ca_bundle=_text(settings.kafka_ca_bundle),
            certificate=_text(settings.kafka_certificate),
            key=_text(settings.kafka_key),
            allow_plain=settings.kafka_allow_plain,
        )

    def consumer(self, **options: Any) -> AIOKafkaConsumer:  # noqa: ANN401  # aiokafka's own options
        """Return a consumer that does not commit by itself."""
        from aiokafka import AIOKafkaConsumer  # noqa: PLC0415  # the extra `kafka`

        return AIOKafkaConsumer(**self.options(), enable_auto_commit=False, **options)

    def producer(self, **options: Any) -> AIOKafkaProducer:  # noqa: ANN401  # aiokafka's own options
        """Return a producer whose records are acknowledged by all replicas."""
        from aiokafka import AIOKafkaProducer  # noqa: PLC0415  # the extra `kafka`

        return AIOKafkaProducer(**self.options(), acks="all", **options)

    def place(self, topic: str, partition: int) -> TopicPartition:
        """Return a partition as aiokafka names it."""
        from aiokafka import TopicPartition  # noqa: PLC0415  # the extra `kafka`

        return TopicPartition(topic, partition)

    async def partitions(self, topics: Sequence[str]) -> dict[str, list[int]]:
        """Return the numbers of the partitions of topics, without those that do not exist."""
        from aiokafka.admin import AIOKafkaAdminClient  # noqa: PLC0415  # the extra `kafka`

        admin = AIOKafkaAdminClient(**self.options())
        await admin.start()
        try:
            existing = set(await admin.list_topics())
            described = await admin.describe_topics([topic for topic in topics if topic in existing])
        finally:
            await admin.close()
        return {one["topic"]: sorted(part["partition"] for part in one["partitions"]) for one in described}

    async def create(self, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> list[str]:
        """Create topics that do not exist; return those that could not be created.

        Parameters
        ----------
        topics
            The number of partitions and the settings, by name.
        """
        from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # noqa: PLC0415  # the extra `kafka`

        admin = AIOKafkaAdminClient(**self.options())
        await admin.start()
        try:
            existing = set(await admin.list_topics())
            wanted = [
                NewTopic(name, partitions, -1, replica_assignments={}, topic_configs=dict(settings))
                for name, (partitions, settings) in topics.items()
                if name not in existing
            ]
            # The brokers answer before they all know a new topic: their answer counts, not a list of topics.
            answers = (await admin.create_topics(wanted)).topic_errors if wanted else []
        finally:
            await admin.close()
        return sorted(answer[0] for answer in answers if answer[1] not in {0, ALREADY_EXISTS})


def _text(path: object) -> str | None:
    return None if path is None else str(path)
