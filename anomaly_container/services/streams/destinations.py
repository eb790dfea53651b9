"""The sinks of the settings, and the sink of parked records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from anomaly_container.services.streams.cluster import Cluster
from anomaly_container.services.streams.delivery import Delivery
from anomaly_container.services.streams.outputs import What
from anomaly_container.services.streams.sink_filter import SinkFilter
from anomaly_container.services.streams.sink_worker import SinkWorker
from anomaly_container.services.streams.sinks.alertmanager import AlertmanagerSink
from anomaly_container.services.streams.sinks.file import FileSink
from anomaly_container.services.streams.sinks.mail import MailServer, MailSink
from anomaly_container.services.streams.sinks.sns import sns_sink
from anomaly_container.services.streams.sinks.sqs import sqs_sink
from anomaly_container.services.streams.sinks.topic import TopicSink
from anomaly_container.services.streams.sinks.webhook import WebhookSink

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.outbound.http_client import HttpClient
    from anomaly_container.services.streams.outputs import Output
    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.services.streams.sink_settings import SinkOptions
    from anomaly_container.services.streams.sinks.messages import MessageSink
    from anomaly_container.services.streams.sinks.sink import Sink

PARKING: Final = "parking"
PARKING_QUEUE: Final = 10_000
MEGABYTE: Final = 1_000_000
AFTER_SNAPSHOT: Final = 100_000
"""The events that a file may have beyond the last snapshot: one every 50,000, and further batches."""

T = TypeVar("T")


def open_delivery(
    settings: StreamsSettings,
    *,
    http: HttpClient,
    clock: Callable[[], float],
) -> Delivery:
    """Return the sinks of the settings, and the parking; nothing is connected before `Delivery.run`.

    Parameters
    ----------
    settings
        The settings.
    http
        The client that sends requests.
    clock
        A function that returns the time in seconds since 1970.

    Raises
    ------
    UrlError, MissingExtraError
        If a sink of AWS cannot be made.
    """
    maker = _Maker(settings, http, clock)
    only = SinkFilter(frozenset({What.PARKED}))
    parking = SinkWorker(PARKING, _parking(settings), only, capacity=PARKING_QUEUE, retries=None)
    return Delivery([maker.worker(options) for options in settings.sinks], parking)


class _Maker:
    """Makes the sinks, each from its settings."""

    def __init__(self, settings: StreamsSettings, http: HttpClient, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._by_type: dict[str, Callable[[SinkOptions], Sink]] = {
            "topic": self._topic,
            "file": self._file,
            "webhook": self._webhook,
            "alertmanager": self._alertmanager,
            "sns": self._sns,
            "sqs": self._sqs,
            "mail": self._mail,
        }

    def worker(self, options: SinkOptions) -> SinkWorker:
        return SinkWorker(
            options.name,
            self._by_type[options.type](options),
            _filter(options),
            capacity=options.queue,
            retries=None if options.on_failure == "block" else options.retries,
        )

    def _topic(self, options: SinkOptions) -> TopicSink:
        cluster = Cluster.of(_given(options.servers or self._settings.servers), self._settings)
        compression = None if options.compression == "none" else options.compression
        return TopicSink(cluster, _fixed(options.topic), compression=compression)

    def _file(self, options: SinkOptions) -> FileSink:
        return FileSink(
            _given(options.path),
            rotate_bytes=options.rotate_megabytes * MEGABYTE,
            keep=options.keep,
            repeats=options.queue + AFTER_SNAPSHOT,
        )

    def _webhook(self, options: SinkOptions) -> WebhookSink:
        return WebhookSink(
            self._http,
            _given(options.url),
            stream=self._settings.name,
            clock=self._clock,
            secret=options.secret.get_secret_value() if options.secret else None,
            batch=options.batch,
            seconds=options.timeout_seconds,
            is_slack=options.form == "slack",
            allow_http=options.allow_http,
        )

    def _alertmanager(self, options: SinkOptions) -> AlertmanagerSink:
        return AlertmanagerSink(
            self._http,
            _given(options.url),
            stream=self._settings.name,
            labels=dict(options.labels),
            clock=self._clock,
            seconds=options.timeout_seconds,
            allow_http=options.allow_http,
        )

    def _sns(self, options: SinkOptions) -> MessageSink:
        return sns_sink(
            _given(options.topic_arn),
            stream=self._settings.name,
            region=options.region,
            endpoint=options.endpoint,
        )

    def _sqs(self, options: SinkOptions) -> MessageSink:
        return sqs_sink(
            _given(options.queue_url),
            stream=self._settings.name,
            region=options.region,
            endpoint=options.endpoint,
        )

    def _mail(self, options: SinkOptions) -> MailSink:
        server = MailServer(
            _given(options.host),
            options.port,
            options.tls,
            user=options.user or "",
            password=options.password.get_secret_value() if options.password else "",
        )
        return MailSink(
            server,
            sender=_given(options.sender),
            recipients=options.recipients,
            stream=self._settings.name,
            clock=self._clock,
        )


def _filter(options: SinkOptions) -> SinkFilter:
    return SinkFilter(
        frozenset(map(What, options.what)),
        min_score=options.min_score,
        reasons=frozenset(options.reasons),
        key=options.key,
    )


def _parking(settings: StreamsSettings) -> Sink:
    if settings.servers is None:
        return FileSink(
            settings.parked_file, rotate_bytes=None, keep=0, repeats=PARKING_QUEUE + AFTER_SNAPSHOT
        )
    return TopicSink(Cluster.of(settings.servers, settings), topic_of_parked(settings))


def topic_of_parked(settings: StreamsSettings) -> Callable[[Output], str]:
    """Return a function that returns the topic in which an output is parked.

    It is that of the topic that its record is from; of the first of the source for alarms and reports.

    Parameters
    ----------
    settings
        The settings, with a source of Kafka.
    """
    topics = settings.topics

    def topic(output: Output) -> str:
        source = output.partition.rpartition("-")[0]
        return settings.topic_of_parked(source if source in topics else topics[0])

    return topic


def _fixed(topic: str | None) -> Callable[[Output], str]:
    name = _given(topic)
    return lambda _: name


def _given(value: T | None) -> T:
    """Return a setting that validation requires."""
    if value is None:
        raise ValueError
    return value
