"""The settings of batches."""

from __future__ import annotations

import re
from math import log
from pathlib import PurePosixPath
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, SecretStr, ValidationInfo

from anomaly_container.settings.base import CommonSettings
from anomaly_container.settings.validators import any_case

SECTION: Final = "Batches:"
GIBIBYTE: Final = 1 << 30
KIBIBYTE: Final = 1 << 10
COMPAT_COLUMNS: Final = ("temperature", "humidity", "pressure", "wind_speed")
"""The columns of compat mode if no others are set."""
INTAKES: Final = ("poll", "notify", "queue")
SERIES: Final = "series"
DETECTORS: Final = ("zscore", "joint", "forest", SERIES)
FOLDER_SECONDS: Final = 5
BUCKET_SECONDS: Final = 60
"""Seconds between two listings, for a folder and for a bucket."""
SCHEMES: Final = frozenset({"s3", "gs", "az", "file"})
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
QUEUE_URL: Final = re.compile(r"https?://[!-~]+")
TOPIC: Final = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
HOST_PATTERN: Final = re.compile(r"[a-z0-9*-]{1,63}(\.[a-z0-9*-]{1,63})+")


def comma_separated(text: str | None) -> tuple[str, ...]:
    """Return the parts of a list without the white space around them; blank parts are left out."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in SCHEMES:
        message = "It must begin with s3://, gs://, az:// or file://"
    elif parts.username or parts.password or parts.query or parts.fragment:
        message = "It must have no user, password, query or fragment; credentials come from the environment"
    elif parts.scheme == "file" and (parts.netloc or not PurePosixPath(parts.path).is_absolute()):
        message = "A folder must be an absolute path, such as file:///data"
    elif parts.scheme != "file" and not parts.netloc:
        message = "The bucket is missing"
    else:
        return value.rstrip("/")
    raise ValueError(message)


def _members(value: str, allowed: tuple[str, ...]) -> str:
    given = [part.casefold() for part in comma_separated(value)]
    if given and set(given) <= set(allowed) and len(given) == len(set(given)):
        return ",".join(given)
    message = f"It must list one or more of {', '.join(allowed)}, separated by commas"
    raise ValueError(message)


def _intakes(value: str) -> str:
    return _members(value, INTAKES)


def _detectors(value: str) -> str:
    return _members(value, DETECTORS)


def _topics(value: str) -> str:
    if all(map(TOPIC.fullmatch, comma_separated(value))):
        return value
    message = "Each must be the ARN of an SNS topic"
    raise ValueError(message)


def _hosts(value: str) -> str:
    lowered = value.casefold()
    if comma_separated(lowered) and all(map(HOST_PATTERN.fullmatch, comma_separated(lowered))):
        return lowered
    message = "Each must be the name of a host, with * for a whole label or a part of one"
    raise ValueError(message)


def _rename(value: str) -> str:
    pairs = [pair.split(":") for pair in comma_separated(value)]
    if all(len(pair) == 2 and pair[0].strip() and pair[1].strip() for pair in pairs):
        return value
    message = "It must be of the form name:ours,name:ours"
    raise ValueError(message)


def _queue(value: str) -> str:
    if QUEUE_URL.fullmatch(value):
        return value
    message = "It must be the http or https URL of a queue"
    raise ValueError(message)


def _https_url(value: str, info: ValidationInfo) -> str:
    parts = urlsplit(value)
    is_plain = parts.scheme == "http" and parts.hostname not in LOOPBACK
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        message = "It must be an absolute https URL with no user"
    elif is_plain and not info.data.get("allow_http"):
        message = "It must be https; http to another machine needs Batches:AllowHttp=true"
    else:
        return value
    raise ValueError(message)


def _only_bucket(value: str, info: ValidationInfo) -> str:
    bucket = info.data.get("bucket_name")
    if bucket is None or value == f"s3://{bucket}":
        return value
    message = "It must name the same bucket as BUCKET_NAME if both are given"
    raise ValueError(message)


def _with_queue(value: str | None, info: ValidationInfo) -> str | None:
    if "queue" in comma_separated(value) and info.data.get("queue") is None:
        message = "An intake of queue needs Batches:Queue"
        raise ValueError(message)
    return value


def _only_on_loopback(value: bool, info: ValidationInfo) -> bool:
    if value or info.data.get("host") in LOOPBACK:
        return value
    message = "It may be false only if Host is a loopback address"
    raise ValueError(message)


def _matures(value: float, info: ValidationInfo) -> float:
    """Refuse a half-life with which rows that come one by one never have the weight of Maturity."""
    maturity = info.data.get("maturity", 0)
    if not value or value > maturity * log(2):
        return value
    message = (
        "It must be 0, or more than 0.694 times Batches:Maturity: with less, small files never add up to the "
        "weight of that many observations"
    )
    raise ValueError(message)


def _with_user(value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    if (value is None) is (info.data.get("notify_user") is None):
        return value
    message = "Batches:Notify:User and Batches:Notify:Password need each other"
    raise ValueError(message)


Threshold = Annotated[float, Field(ge=2, le=20)]
Direction = Annotated[Literal["both", "up", "down"], BeforeValidator(any_case)]
Deviation = Annotated[float, Field(ge=0)]


class BatchesSettings(CommonSettings):
    """The settings of batches; see docs/settings.md for each of them."""

    port: int = Field(8000, alias="Port", ge=1, le=65535)
    workers: PositiveInt | None = Field(1, alias="Workers")

    bucket_name: str | None = Field(None, alias="BUCKET_NAME")
    url: Annotated[str, AfterValidator(_url), AfterValidator(_only_bucket)] | None = Field(
        None, alias="Batches:Url"
    )
    allow_http: bool = Field(False, alias="Batches:AllowHttp")
    endpoint: Annotated[str, AfterValidator(_https_url)] | None = Field(None, alias="Batches:Endpoint")
    mode: Annotated[Literal["default", "compat"], BeforeValidator(any_case)] = Field(
        "default", alias="Batches:Mode"
    )
    columns: str | None = Field(None, alias="Batches:Columns")
    ignore: str | None = Field(None, alias="Batches:Ignore")
    rename: Annotated[str, AfterValidator(_rename)] | None = Field(None, alias="Batches:Rename")
    time_column: str = Field("timestamp", alias="Batches:TimeColumn")

    queue: Annotated[str, AfterValidator(_queue)] | None = Field(None, alias="Batches:Queue")
    queue_batch: int = Field(10, alias="Batches:QueueBatch", ge=1, le=10)
    intake: Annotated[Annotated[str, AfterValidator(_intakes)] | None, AfterValidator(_with_queue)] = Field(
        None, alias="Batches:Intake"
    )
    poll_seconds: float | None = Field(None, alias="Batches:PollSeconds", ge=1, le=3600)
    topics: Annotated[str, AfterValidator(_topics)] | None = Field(None, alias="Batches:Topics")
    sns_verify: Annotated[bool, AfterValidator(_only_on_loopback)] = Field(True, alias="Batches:Sns:Verify")
    sns_hosts: Annotated[str, AfterValidator(_hosts)] = Field(
        "sns.*.amazonaws.com, sns.*.amazonaws.com.cn", alias="Batches:Sns:Hosts"
    )
    notify_user: str | None = Field(None, alias="Batches:Notify:User")
    notify_password: Annotated[SecretStr | None, AfterValidator(_with_user)] = Field(
        None, alias="Batches:Notify:Password", validate_default=True
    )

    threshold: Threshold = Field(4.0, alias="Batches:Threshold")
    thresholds: dict[str, Threshold] = Field(default_factory=dict, alias="Batches:Threshold:<channel>")
    direction: Direction = Field("both", alias="Batches:Direction")
    directions: dict[str, Direction] = Field(default_factory=dict, alias="Batches:Direction:<channel>")
    min_deviation: Deviation = Field(0.0, alias="Batches:MinDeviation")
    min_deviations: dict[str, Deviation] = Field(default_factory=dict, alias="Batches:MinDeviation:<channel>")
    maturity: int = Field(30, alias="Batches:Maturity", ge=12, le=100_000)
    half_life: Annotated[float, AfterValidator(_matures)] = Field(0.0, alias="Batches:HalfLife", ge=0)
    hold_rows: int = Field(200, alias="Batches:HoldRows", ge=0, le=1_000_000)
    detectors: Annotated[str, AfterValidator(_detectors)] = Field("zscore,joint", alias="Batches:Detectors")
    vote: Annotated[str, AfterValidator(_detectors)] = Field("zscore,joint", alias="Batches:Vote")
    series_context: int = Field(5, alias="Batches:SeriesContext", ge=1, le=100)
    compat_columns: bool = Field(False, alias="Batches:CompatColumns")

    max_bytes: PositiveInt = Field(8 * GIBIBYTE, alias="Batches:MaxBytes")
    max_rows: PositiveInt = Field(100_000_000, alias="Batches:MaxRows")
    max_columns: PositiveInt = Field(512, alias="Batches:MaxColumns")
    max_cell: int = Field(64 * KIBIBYTE, alias="Batches:MaxCell", ge=64)
    block_rows: int = Field(10_000, alias="Batches:BlockRows", ge=1000, le=100_000)
    concurrency: int = Field(2, alias="Batches:Concurrency", ge=1, le=32)
    attempts: int = Field(5, alias="Batches:Attempts", ge=1, le=100)
    keep: int = Field(1000, alias="Batches:Keep", ge=10, le=10_000)

    webhook: Annotated[str, AfterValidator(_https_url)] | None = Field(None, alias="Batches:Webhook")
    dead_letter_copy: bool = Field(False, alias="Batches:DeadLetterCopy")
    log_keys: bool = Field(False, alias="Batches:LogKeys")
    channel_metrics: bool = Field(False, alias="Batches:ChannelMetrics")

    @property
    def store_url(self) -> str:
        """The URL of the store: a bucket, or a folder below the mounted output by default."""
        if self.url:
            return self.url
        if self.bucket_name:
            return f"s3://{self.bucket_name}"
        return f"file://{self.mounts_output}/batches"

    @property
    def bucket(self) -> str:
        """The name of the bucket, or the path of the folder."""
        parts = urlsplit(self.store_url)
        return parts.netloc or parts.path

    @property
    def prefix(self) -> str:
        """What stands before `raw/` in the keys of the bucket: blank, or ending with a slash."""
        parts = urlsplit(self.store_url)
        folder = parts.path.strip("/") if parts.netloc else ""
        return f"{folder}/" if folder else ""

    @property
    def intakes(self) -> tuple[str, ...]:
        """The ways in which objects are found; by default notifications for S3, and polling elsewhere."""
        default = "notify" if self.store_url.startswith("s3://") else "poll"
        return comma_separated(self.intake or default)

    @property
    def seconds_between_listings(self) -> float:
        """The seconds between two listings of the store."""
        default = FOLDER_SECONDS if self.store_url.startswith("file://") else BUCKET_SECONDS
        return self.poll_seconds or default

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns to score; empty if the first file decides."""
        given = comma_separated(self.columns)
        return COMPAT_COLUMNS if self.mode == "compat" and not given else given

    @property
    def renamed(self) -> dict[str, str]:
        """Our names of columns, by their names in the files."""
        pairs = (pair.split(":") for pair in comma_separated(self.rename))
        return {theirs.strip(): ours.strip() for theirs, ours in pairs}


SETTINGS: Final = BatchesSettings
