"""The settings of batches."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, SecretStr

from anomaly_container.services.batches import setting_rules as rules
from anomaly_container.services.batches.setting_rules import comma_separated
from anomaly_container.settings.base import CommonSettings
from anomaly_container.settings.validators import any_case

SECTION: Final = "Batches:"
GIBIBYTE: Final = 1 << 30
KIBIBYTE: Final = 1 << 10
COMPAT_COLUMNS: Final = ("temperature", "humidity", "pressure", "wind_speed")
"""The columns of compat mode if no others are set."""
FOLDER_SECONDS: Final = 5
BUCKET_SECONDS: Final = 60
"""Seconds between two listings, for a folder and for a bucket."""

Threshold = Annotated[float, Field(ge=2, le=20)]
Direction = Annotated[Literal["both", "up", "down"], BeforeValidator(any_case)]
Deviation = Annotated[float, Field(ge=0)]


class BatchesSettings(CommonSettings):
    """The settings of batches; see docs/settings.md for each of them."""

    port: int = Field(8000, alias="Port", ge=1, le=65535)
    workers: PositiveInt | None = Field(1, alias="Workers")

    bucket_name: str | None = Field(None, alias="BUCKET_NAME")
    url: Annotated[str, AfterValidator(rules.of_store), AfterValidator(rules.only_bucket)] | None = Field(
        None, alias="Batches:Url"
    )
    allow_http: bool = Field(False, alias="Batches:AllowHttp")
    endpoint: Annotated[str, AfterValidator(rules.https_url)] | None = Field(None, alias="Batches:Endpoint")
    mode: Annotated[Literal["default", "compat"], BeforeValidator(any_case)] = Field(
        "default", alias="Batches:Mode"
    )
    columns: str | None = Field(None, alias="Batches:Columns")
    ignore: str | None = Field(None, alias="Batches:Ignore")
    rename: Annotated[str, AfterValidator(rules.renames)] | None = Field(None, alias="Batches:Rename")
    time_column: str = Field("timestamp", alias="Batches:TimeColumn")
    partition: Annotated[str, AfterValidator(rules.word)] | None = Field(None, alias="Batches:Partition")

    queue: Annotated[str, AfterValidator(rules.queue)] | None = Field(None, alias="Batches:Queue")
    queue_batch: int = Field(10, alias="Batches:QueueBatch", ge=1, le=10)
    intake: Annotated[
        Annotated[str, AfterValidator(rules.intakes)] | None, AfterValidator(rules.with_queue)
    ] = Field(None, alias="Batches:Intake")
    poll_seconds: float | None = Field(None, alias="Batches:PollSeconds", ge=1, le=3600)
    topics: Annotated[str, AfterValidator(rules.topics)] | None = Field(None, alias="Batches:Topics")
    sns_verify: Annotated[bool, AfterValidator(rules.only_on_loopback)] = Field(
        True, alias="Batches:Sns:Verify"
    )
    sns_hosts: Annotated[str, AfterValidator(rules.hosts)] = Field(
        "sns.*.amazonaws.com, sns.*.amazonaws.com.cn", alias="Batches:Sns:Hosts"
    )
    notify_user: str | None = Field(None, alias="Batches:Notify:User")
    notify_password: Annotated[SecretStr | None, AfterValidator(rules.with_user)] = Field(
        None, alias="Batches:Notify:Password", validate_default=True
    )

    threshold: Threshold = Field(4.0, alias="Batches:Threshold")
    thresholds: dict[str, Threshold] = Field(default_factory=dict, alias="Batches:Threshold:<channel>")
    direction: Direction = Field("both", alias="Batches:Direction")
    directions: dict[str, Direction] = Field(default_factory=dict, alias="Batches:Direction:<channel>")
    min_deviation: Deviation = Field(0.0, alias="Batches:MinDeviation")
    min_deviations: dict[str, Deviation] = Field(default_factory=dict, alias="Batches:MinDeviation:<channel>")
    maturity: int = Field(30, alias="Batches:Maturity", ge=12, le=100_000)
    half_life: Annotated[float, AfterValidator(rules.matures)] = Field(0.0, alias="Batches:HalfLife", ge=0)
    hold_rows: int = Field(200, alias="Batches:HoldRows", ge=0, le=1_000_000)
    detectors: Annotated[str, AfterValidator(rules.detectors)] = Field(
        "zscore,joint", alias="Batches:Detectors"
    )
    vote: Annotated[str, AfterValidator(rules.detectors)] = Field("zscore,joint", alias="Batches:Vote")
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

    webhook: Annotated[str, AfterValidator(rules.https_url)] | None = Field(None, alias="Batches:Webhook")
    dead_letter_copy: bool = Field(False, alias="Batches:DeadLetterCopy")
    log_keys: bool = Field(False, alias="Batches:LogKeys")
    channel_metrics: Annotated[bool, AfterValidator(rules.not_divided)] = Field(
        False, alias="Batches:ChannelMetrics"
    )

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
