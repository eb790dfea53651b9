"""A topic of Amazon SNS."""

from __future__ import annotations

from functools import partial

from anomaly_container.outbound.aws_sending import Sns
from anomaly_container.services.streams.sinks.messages import MessageSink


def sns_sink(topic: str, *, stream: str, region: str | None, endpoint: str | None) -> MessageSink:
    """Return a sink that publishes to a topic.

    Parameters
    ----------
    topic
        Its ARN.
    stream
        The name of the stream.
    region, endpoint
        As for `Sns`.

    Raises
    ------
    UrlError, MissingExtraError
        As `Sns` does.
    """
    return MessageSink(
        partial(Sns, topic, region=region, endpoint=endpoint), stream=stream, is_fifo=topic.endswith(".fifo")
    )
