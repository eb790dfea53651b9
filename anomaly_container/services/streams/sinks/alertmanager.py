"""Prometheus Alertmanager: an alert lasts as long as it is repeated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from anomaly_container.outbound.errors import Unavailable, UrlError
from anomaly_container.outbound.http_client import UnexpectedStatus
from anomaly_container.services.streams.sinks.retry_after import seconds_of
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, Receipt, SinkFailed, SinkRefused
from anomaly_container.services.streams.sinks.text import ALARM, alarm_text, document_of, result_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anomaly_container.outbound.http_client import HttpClient
    from anomaly_container.services.streams.outputs import Output

PATH: Final = "/api/v2/alerts"
REPEAT_SECONDS: Final = 60.0
LASTS_SECONDS: Final = 180.0
"""The time that an alert lasts without a repetition: two repetitions may be lost."""
MOST: Final = 100
SEVERITY: Final = "warning"
BAD_REQUEST: Final = 400
HEADERS: Final = {"Content-Type": "application/json"}


class AlertmanagerSink:
    """Posts alarms as alerts, repeats those that last, and resolves those that end.

    Parameters
    ----------
    client
        The client that sends requests, which does not follow redirects.
    url
        The URL of Alertmanager, without the path of its API.
    stream
        The name of the stream.
    labels
        Further labels of each alert, or another `severity` than `warning`.
    clock
        A function that returns the time in seconds since 1970.
    seconds
        The longest time that the receiver may take.
    allow_http
        True if the URL may be http to another machine.
    """

    most: int = MOST
    repeat_seconds: float | None = REPEAT_SECONDS

    def __init__(  # noqa: PLR0913  # its settings
        self,
        client: HttpClient,
        url: str,
        *,
        stream: str,
        labels: Mapping[str, str],
        clock: Callable[[], float],
        seconds: float = 10.0,
        allow_http: bool = False,
    ) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}{PATH}"
        self._stream = stream
        self._labels = labels
        self._clock = clock
        self._seconds = seconds
        self._allow_http = allow_http
        self._lasting: dict[str, dict[str, Any]] = {}
        """The alerts that last, by the name of the alarm."""

    async def open(self) -> None:
        """See `Sink`: each request has a connection of its own."""

    async def send(self, outputs: Sequence[Output]) -> Receipt:
        """Post the alerts that changed, and repeat those that last; see `Sink`."""
        lasting = dict(self._lasting)
        ended = [alert for output in outputs if (alert := self._taken(output, lasting)) is not None]
        ends_at = _time(self._clock() + LASTS_SECONDS)
        alerts = [*ended, *({**alert, "endsAt": ends_at} for alert in lasting.values())]
        if alerts:
            await self._post(orjson.dumps(alerts))
        # Only now, so that after a failure the same notices give the same alerts.
        self._lasting = lasting
        return ALL_TAKEN

    def hold(self, outputs: Sequence[Output]) -> None:
        """Repeat these alarms, which began before, and no others; see `Delivery.hold`."""
        self._lasting = {}
        for output in outputs:
            self._taken(output, self._lasting)

    async def close(self) -> None:
        """See `Sink`: nothing is open."""

    def _taken(self, output: Output, lasting: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
        """Put the alert of a notice among those that last, or take it out and return its end."""
        notice = document_of(output)
        name = str(notice["alarm"])
        alert = self._alert(name, notice)
        if notice["state"] == ALARM:
            lasting[name] = alert
            return None
        begun = lasting.pop(name, alert)
        return {**alert, "startsAt": begun["startsAt"], "endsAt": alert["startsAt"]}

    def _alert(self, name: str, notice: Mapping[str, Any]) -> dict[str, Any]:
        worst = [result_text(anomaly) for anomaly in notice.get("anomalies") or ()]
        alert: dict[str, Any] = {
            "labels": {"severity": SEVERITY, **self._labels, "alertname": name, "stream": self._stream},
            "annotations": {"summary": alarm_text(notice), "description": "\n".join(worst)},
            "startsAt": notice["since"],
        }
        if notice.get("link"):
            alert["generatorURL"] = notice["link"]
        return alert

    async def _post(self, body: bytes) -> None:
        try:
            await self._client.post(
                self._url, body, HEADERS, allow_http=self._allow_http, seconds=self._seconds
            )
        except UnexpectedStatus as answer:
            wish = seconds_of(answer.retry_after, self._clock())
            if answer.status == BAD_REQUEST:
                raise SinkRefused(str(answer)) from None
            raise SinkFailed(str(answer), wish) from None
        except (Unavailable, UrlError) as error:
            raise SinkFailed(str(error)) from None


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
