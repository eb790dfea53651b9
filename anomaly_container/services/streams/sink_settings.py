"""Settings of the sinks, each with a name that the user chooses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo

from anomaly_container.services.streams.kafka_settings import topic_name
from anomaly_container.services.streams.words import comma_separated, some_of
from anomaly_container.settings.section import Section
from anomaly_container.settings.validators import AbsolutePath, any_case, host_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KINDS: Final = ("results", "anomalies", "alarms", "reports", "parked")
"""The kinds of output that a sink may be sent."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "topic": ("Topic",),
    "file": ("Path",),
    "webhook": ("Url",),
    "alertmanager": ("Url",),
    "sns": ("TopicArn",),
    "sqs": ("QueueUrl",),
    "mail": ("Host", "From", "To"),
}
"""The settings that each type of sink needs."""
WHAT: Final[Mapping[str, tuple[str, ...]]] = {
    "topic": ("results",),
    "file": ("results",),
    "webhook": ("anomalies", "alarms"),
    "alertmanager": ("alarms",),
    "sns": ("anomalies", "alarms"),
    "sqs": ("anomalies", "alarms"),
    "mail": ("alarms",),
}
"""The kinds of output that a sink of each type is sent by default."""
BLOCKING: Final = frozenset({"topic", "file"})
HTTPS: Final = frozenset({"webhook", "alertmanager"})
TOPIC_ARN: Final = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
BY_SINK: Final = "Streams:Sinks:<name>:"
SinkType = Literal["topic", "file", "webhook", "alertmanager", "sns", "sqs", "mail"]


@dataclass(frozen=True, slots=True)
class SinkOptions:
    """The settings of one sink; see docs/settings.md for each of them.

    Attributes
    ----------
    name
        Its name.
    type
        Its type, which decides what else it needs.
    what
        The kinds that it is sent: some of `KINDS`.
    """

    name: str
    type: SinkType
    what: tuple[str, ...]
    min_score: float | None = None
    reasons: tuple[str, ...] = ()
    key: str | None = None
    on_failure: Literal["block", "park"] = "park"
    retries: int = 8
    queue: int = 10_000
    topic: str | None = None
    servers: str | None = None
    compression: Literal["none", "gzip"] = "none"
    path: Path | None = None
    rotate_megabytes: int = 100
    keep: int = 5
    url: str | None = None
    secret: SecretStr | None = None
    timeout_seconds: float = 10.0
    batch: int = 100
    form: Literal["json", "slack"] = "json"
    allow_http: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    topic_arn: str | None = None
    queue_url: str | None = None
    region: str | None = None
    endpoint: str | None = None
    host: str | None = None
    port: int = 25
    tls: Literal["none", "starttls", "tls"] = "none"
    user: str | None = None
    password: SecretStr | None = None
    sender: str | None = None
    recipients: tuple[str, ...] = ()


def _what(value: str) -> str:
    return some_of(value, KINDS)


def _url(value: SecretStr) -> SecretStr:
    _http(value.get_secret_value())
    return value


def _http(value: str) -> str:
    parts = urlsplit(value)
    if value.isprintable() and parts.scheme in {"http", "https"} and parts.hostname and not parts.fragment:
        return value
    message = "It must be an absolute https or http URL"
    raise ValueError(message)


def _over_tls(value: str) -> str:
    parts = urlsplit(_http(value))
    is_safe = parts.scheme == "https" or parts.hostname in LOOPBACK
    if is_safe and not parts.username and not parts.password and not parts.query:
        return value
    message = "It must be an https URL, or an http one on loopback, with no user, password or query"
    raise ValueError(message)


def _topic_arn(value: str) -> str:
    if TOPIC_ARN.fullmatch(value):
        return value
    message = "It must be the ARN of an SNS topic"
    raise ValueError(message)


def _labels(value: str) -> str:
    pairs = [part.partition("=") for part in comma_separated(value)]
    if pairs and all(name.strip().isidentifier() and name.isascii() and equals for name, equals, _ in pairs):
        return value
    message = "It must be of the form name=value,name=value"
    raise ValueError(message)


def _address(value: str) -> str:
    parts = comma_separated(value)
    if parts and all("@" in part.strip("@") and part.isprintable() for part in parts):
        return value
    message = "It must be an address of mail, or several separated by commas"
    raise ValueError(message)


def _complete(value: dict[str, SinkType], info: ValidationInfo) -> dict[str, SinkType]:
    """Check that each sink has a type, and what its type needs."""
    # A value that is not valid has a sentence of its own, and is left out here.
    given: dict[str, dict[str, Any]] = {
        str(field.alias).removeprefix(BY_SINK): info.data.get(name, {})
        for name, field in SinksSettings.model_fields.items()
        if str(field.alias).startswith(BY_SINK) and name != "sink_type"
    }
    known = {
        str(field.alias).removeprefix(BY_SINK)
        for name, field in SinksSettings.model_fields.items()
        if name in info.data
    }
    named = {name for values in given.values() for name in values}
    if without := sorted(named - set(value)):
        message = f"The sink {without[0]} needs it too"
        raise ValueError(message)
    for name, kind in sorted(value.items()):
        one = {key: values[name] for key, values in given.items() if name in values}
        if missing := [key for key in REQUIRED[kind] if key in known and key not in one]:
            message = f"The {kind} of the sink {name} needs Streams:Sinks:{name}:{missing[0]}"
            raise ValueError(message)
        _safe(name, kind, one)
    return value


def _safe(name: str, kind: SinkType, one: Mapping[str, Any]) -> None:
    """Check the restrictions of single types of sinks."""
    if kind in HTTPS and "Url" in one and _is_open(one["Url"]) and not one.get("AllowHttp"):
        message = f"The URL of the sink {name} must be https; http needs Streams:Sinks:{name}:AllowHttp=true"
    elif kind == "alertmanager" and one.get("What", "alarms") != "alarms":
        message = f"The alertmanager of the sink {name} takes only alarms"
    elif (
        kind == "mail"
        and "User" in one
        and one.get("Tls", "none") == "none"
        and one.get("Host") not in LOOPBACK
    ):
        message = f"The sink {name} would send its password in the clear; set Streams:Sinks:{name}:Tls"
    else:
        return
    raise ValueError(message)


def _is_open(url: SecretStr) -> bool:
    """Return whether what is sent to a URL can be read on the way."""
    parts = urlsplit(url.get_secret_value())
    return parts.scheme == "http" and parts.hostname not in LOOPBACK


Name = Annotated[str, AfterValidator(topic_name)]
Url = Annotated[SecretStr, AfterValidator(_url)]
SafeUrl = Annotated[str, AfterValidator(_over_tls)]
TopicArn = Annotated[str, AfterValidator(_topic_arn)]


class SinksSettings(Section):
    """The sinks: each setting by the name of the sink."""

    sink_what: dict[str, Annotated[str, AfterValidator(_what)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:What"
    )
    sink_min_score: dict[str, float] = Field(default_factory=dict, alias="Streams:Sinks:<name>:MinScore")
    sink_reason: dict[str, str] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Reason")
    sink_key: dict[str, str] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Key")
    sink_on_failure: dict[str, Annotated[Literal["block", "park"], BeforeValidator(any_case)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:OnFailure"
    )
    sink_retries: dict[str, Annotated[int, Field(ge=0, le=1000)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:Retries"
    )
    sink_queue: dict[str, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:Queue"
    )
    sink_topic: dict[str, Name] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Topic")
    sink_servers: dict[str, str] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Servers")
    sink_compression: dict[str, Annotated[Literal["none", "gzip"], BeforeValidator(any_case)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:Compression"
    )
    sink_path: dict[str, AbsolutePath] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Path")
    sink_rotate_megabytes: dict[str, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:RotateMegabytes"
    )
    sink_keep: dict[str, Annotated[int, Field(ge=1, le=1000)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:Keep"
    )
    sink_url: dict[str, Url] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Url")
    sink_secret: dict[str, SecretStr] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Secret")
    sink_timeout_seconds: dict[str, Annotated[float, Field(ge=0.1, le=300)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:TimeoutSeconds"
    )
    sink_batch: dict[str, Annotated[int, Field(ge=1, le=1000)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:Batch"
    )
    sink_form: dict[str, Annotated[Literal["json", "slack"], BeforeValidator(any_case)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:Form"
    )
    sink_allow_http: dict[str, bool] = Field(default_factory=dict, alias="Streams:Sinks:<name>:AllowHttp")
    sink_labels: dict[str, Annotated[str, AfterValidator(_labels)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:Labels"
    )
    sink_topic_arn: dict[str, TopicArn] = Field(default_factory=dict, alias="Streams:Sinks:<name>:TopicArn")
    sink_queue_url: dict[str, SafeUrl] = Field(default_factory=dict, alias="Streams:Sinks:<name>:QueueUrl")
    sink_region: dict[str, str] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Region")
    sink_endpoint: dict[str, SafeUrl] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Endpoint")
    sink_host: dict[str, Annotated[str, AfterValidator(host_name)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:Host"
    )
    sink_port: dict[str, Annotated[int, Field(ge=1, le=65535)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:Port"
    )
    sink_tls: dict[str, Annotated[Literal["none", "starttls", "tls"], BeforeValidator(any_case)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:Tls"
    )
    sink_user: dict[str, str] = Field(default_factory=dict, alias="Streams:Sinks:<name>:User")
    sink_password: dict[str, SecretStr] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Password")
    sink_from: dict[str, Annotated[str, AfterValidator(_address)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:From"
    )
    sink_to: dict[str, Annotated[str, AfterValidator(_address)]] = Field(
        default_factory=dict, alias="Streams:Sinks:<name>:To"
    )
    # The last one, so that its validator sees all others.
    sink_type: Annotated[
        dict[str, Annotated[SinkType, BeforeValidator(any_case)]], AfterValidator(_complete)
    ] = Field(default_factory=dict, alias="Streams:Sinks:<name>:Type", validate_default=True)

    @property
    def sinks(self) -> tuple[SinkOptions, ...]:
        """The sinks, by name."""
        return tuple(self._sink(name) for name in sorted(self.sink_type))

    def _sink(self, name: str) -> SinkOptions:
        kind = self.sink_type[name]
        url = self.sink_url.get(name)
        given: dict[str, Any] = {
            "what": comma_separated(self.sink_what.get(name)) or WHAT[kind],
            "min_score": self.sink_min_score.get(name),
            "reasons": comma_separated(self.sink_reason.get(name)),
            "key": self.sink_key.get(name),
            "on_failure": self.sink_on_failure.get(name, "block" if kind in BLOCKING else "park"),
            "retries": self.sink_retries.get(name),
            "queue": self.sink_queue.get(name),
            "topic": self.sink_topic.get(name),
            "servers": self.sink_servers.get(name),
            "compression": self.sink_compression.get(name),
            "path": self.sink_path.get(name),
            "rotate_megabytes": self.sink_rotate_megabytes.get(name),
            "keep": self.sink_keep.get(name),
            "url": url and url.get_secret_value(),
            "secret": self.sink_secret.get(name),
            "timeout_seconds": self.sink_timeout_seconds.get(name),
            "batch": self.sink_batch.get(name),
            "form": self.sink_form.get(name),
            "allow_http": self.sink_allow_http.get(name),
            "labels": _pairs(self.sink_labels.get(name)),
            "topic_arn": self.sink_topic_arn.get(name),
            "queue_url": self.sink_queue_url.get(name),
            "region": self.sink_region.get(name),
            "endpoint": self.sink_endpoint.get(name),
            "host": self.sink_host.get(name),
            "port": self.sink_port.get(name),
            "tls": self.sink_tls.get(name),
            "user": self.sink_user.get(name),
            "password": self.sink_password.get(name),
            "sender": self.sink_from.get(name),
            "recipients": comma_separated(self.sink_to.get(name)),
        }
        return SinkOptions(name, kind, **{key: value for key, value in given.items() if value is not None})


def _pairs(text: str | None) -> tuple[tuple[str, str], ...]:
    parts = (part.partition("=") for part in comma_separated(text))
    return tuple((name.strip(), value.strip()) for name, _, value in parts)
