"""The settings of streams."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt

from anomaly_container.services.streams.alarm_settings import AlarmsSettings
from anomaly_container.services.streams.kafka_settings import KafkaSettings, topic_name
from anomaly_container.services.streams.model_settings import ModelSettings
from anomaly_container.services.streams.sink_settings import SinksSettings
from anomaly_container.services.streams.words import comma_separated, some_of
from anomaly_container.settings.base import CommonSettings
from anomaly_container.settings.validators import AbsolutePath, any_case

if TYPE_CHECKING:
    from pathlib import Path

SECTION: Final = "Streams:"
MEBIBYTE: Final = 1 << 20
KIBIBYTE: Final = 1 << 10
NAME: Final = re.compile(r"[a-z0-9-]{1,64}")
KAFKA: Final = "kafka://"
SAMPLE: Final = "sample"
"""The source of synthetic events."""
STANDARD_INPUT: Final = "-"
_SERVER: Final = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}"
_TOPICS: Final = r"[A-Za-z0-9._-]{1,249}(?:,[A-Za-z0-9._-]{1,249})*"
KAFKA_SOURCE: Final = re.compile(rf"kafka://({_SERVER}(?:,{_SERVER})*)/({_TOPICS})")
REPORT_FORMATS: Final = ("json", "csv", "html", "svg")
GRANULARITIES: Final = ("yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly")


def _name(value: str) -> str:
    if NAME.fullmatch(value):
        return value
    message = "It must be 1 to 64 of a-z, 0-9 and -"
    raise ValueError(message)


def _source(value: str) -> str:
    if value.startswith(KAFKA) and not KAFKA_SOURCE.fullmatch(value):
        message = "It must be a path, -, sample or kafka://host:port[,host:port]/topic[,topic]"
        raise ValueError(message)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):  # the error of a zone that is not found is a KeyError
        message = "It must be the name of a time zone, such as Europe/Berlin"
        raise ValueError(message) from None
    return value


def _names(value: str) -> str:
    if comma_separated(value):
        return value
    message = "It must be names of fields, separated by commas"
    raise ValueError(message)


def _formats(value: str) -> str:
    return some_of(value, REPORT_FORMATS)


Names = Annotated[str, AfterValidator(_names)]
Topic = Annotated[str, AfterValidator(topic_name)]


class StreamsSettings(SinksSettings, AlarmsSettings, ModelSettings, KafkaSettings, CommonSettings):
    """The settings of streams; see docs/settings.md for each of them."""

    port: int = Field(8080, alias="Port", ge=1, le=65535)
    workers: PositiveInt | None = Field(1, alias="Workers")
    max_body_bytes: PositiveInt | None = Field(6 * MEBIBYTE, alias="Limits:MaxBodyBytes")

    name: Annotated[str, AfterValidator(_name)] = Field("stream", alias="Streams:Name")
    source: Annotated[str, AfterValidator(_source)] | None = Field(None, alias="Streams:Source")
    mode: Annotated[Literal["forest", "keys"], BeforeValidator(any_case)] = Field(
        "forest", alias="Streams:Mode"
    )

    format: Annotated[Literal["auto", "json", "logfmt", "csv", "combined"], BeforeValidator(any_case)] = (
        Field("auto", alias="Streams:Format")
    )
    format_columns: Names | None = Field(None, alias="Streams:Format:Columns")
    response_time_unit: Annotated[Literal["us", "ms", "s"], BeforeValidator(any_case)] = Field(
        "us", alias="Streams:Format:ResponseTimeUnit"
    )
    fields_time: Names = Field("timestamp,time,ts,@timestamp", alias="Streams:Fields:Time")
    fields_response_time: Names = Field(
        "response_time,duration,latency,elapsed,request_time", alias="Streams:Fields:ResponseTime"
    )
    fields_level: Names = Field("log_level,level,severity", alias="Streams:Fields:Level")
    fields_method: Names = Field("method,http_method,verb", alias="Streams:Fields:Method")
    fields_path: Names = Field("path,url,uri,request_path", alias="Streams:Fields:Path")
    zone: Annotated[str, AfterValidator(_zone)] = Field("UTC", alias="Streams:Time:Zone")
    allowed_lateness_seconds: int = Field(60, alias="Streams:Time:AllowedLatenessSeconds", ge=0, le=3600)
    future_seconds: int = Field(300, alias="Streams:Time:FutureSeconds", ge=0, le=86_400)

    keys_field: Names | None = Field(None, alias="Streams:Keys:Field")
    keys_value: str = Field("response_time", alias="Streams:Keys:Value")
    keys_granularity: Annotated[
        Literal["yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly"],
        BeforeValidator(any_case),
    ] = Field("minutely", alias="Streams:Keys:Granularity")
    keys_interval: int = Field(1, alias="Streams:Keys:Interval", ge=1, le=100_000)
    keys_window: int = Field(96, alias="Streams:Keys:Window", ge=12, le=8640)
    keys_sensitivity: int = Field(95, alias="Streams:Keys:Sensitivity", ge=0, le=99)
    keys_impute: Annotated[
        Literal["auto", "previous", "linear", "zero", "notfill"], BeforeValidator(any_case)
    ] = Field("auto", alias="Streams:Keys:Impute")
    keys_every: int = Field(1, alias="Streams:Keys:Every", ge=1, le=8640)
    keys_max: int = Field(10_000, alias="Streams:Keys:Max", ge=1, le=1_000_000)
    keys_idle_seconds: int = Field(86_400, alias="Streams:Keys:IdleSeconds", ge=60, le=31_536_000)

    state_directory: AbsolutePath | None = Field(None, alias="Streams:StateDirectory")
    state_seconds: float = Field(10.0, alias="Streams:StateSeconds", ge=1, le=600)
    state_topic: Topic | None = Field(None, alias="Streams:StateTopic")
    anomalies_topic: Topic | None = Field(None, alias="Streams:AnomaliesTopic")
    parked_topic: Topic | None = Field(None, alias="Streams:Parked:Topic")
    parked_path: AbsolutePath | None = Field(None, alias="Streams:Parked:Path")
    parked_max_bytes: int = Field(MEBIBYTE, alias="Streams:Parked:MaxBytes", ge=KIBIBYTE, le=16 * MEBIBYTE)
    report_directory: AbsolutePath | None = Field(None, alias="Streams:Report:Directory")
    report_hours: int = Field(336, alias="Streams:Report:Hours", ge=1, le=8760)
    report_formats: Annotated[str, AfterValidator(_formats)] = Field(
        "json,html", alias="Streams:Report:Formats"
    )
    invocations_scaled: bool = Field(False, alias="Streams:Invocations:Scaled")
    output_event: Annotated[Literal["none", "fields", "all"], BeforeValidator(any_case)] = Field(
        "none", alias="Streams:Output:Event"
    )
    output_values: bool = Field(True, alias="Streams:Output:Values")

    @property
    def servers(self) -> str | None:
        """The brokers of the source, separated by commas; None if it is not Kafka."""
        found = KAFKA_SOURCE.fullmatch(self.source or "")
        return found[1] if found else None

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the source; empty if it is not Kafka."""
        found = KAFKA_SOURCE.fullmatch(self.source or "")
        return comma_separated(found[2]) if found else ()

    @property
    def group(self) -> str:
        """The consumer group."""
        return self.kafka_group or f"anomaly-{self.name}"

    @property
    def topic_of_state(self) -> str:
        """The compacted topic of the snapshots."""
        return self.state_topic or f"{self.group}.state"

    @property
    def topic_of_anomalies(self) -> str:
        """The internal topic of flagged events and sums of minutes."""
        return self.anomalies_topic or f"{self.group}.anomalies"

    def topic_of_parked(self, topic: str) -> str:
        """Return the topic of the parked records of a topic."""
        return self.parked_topic or f"{topic}.parked"

    @property
    def state_folder(self) -> Path:
        """The folder of the state."""
        return self.state_directory or self.mounts_output / "streams"

    @property
    def parked_file(self) -> Path:
        """The file of the parked records of a source that is not Kafka."""
        return self.parked_path or self.state_folder / "parked.jsonl"

    @property
    def report_folder(self) -> Path:
        """The folder of the reports."""
        return self.report_directory or self.state_folder / "reports"

    @property
    def report_forms(self) -> tuple[str, ...]:
        """The forms in which a report is written."""
        return comma_separated(self.report_formats)

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The fields that make a key."""
        return comma_separated(self.keys_field)

    def missing_for_run(self) -> tuple[str, ...]:
        """Return one sentence for each setting without which the service cannot run."""
        is_endless = self.source is not None and self.source not in {STANDARD_INPUT, SAMPLE}
        sentences = {
            "Streams:Source must be the path of a file or kafka://host:port/topic.": is_endless,
            "Streams:Model must name a file that streams train has written.": self.mode == "keys"
            or self.model is not None,
            "Streams:Keys:Field must name the fields of a key.": self.mode == "forest" or self.key_fields,
            # A snapshot does not contain what a forest has learned: after a restart it would be lost.
            "Streams:Forest:Learn can be replayed, and not be run.": not self.learn,
        }
        return tuple(sentence for sentence, holds in sentences.items() if not holds)


SETTINGS: Final = StreamsSettings
