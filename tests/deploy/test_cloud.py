"""Templates for a cloud, the compose file and the permissions, tried with moto, which holds to permissions.

The smallest example: with deploy/cloud/batches-policy.json a file in raw/ can be read and not removed.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml

from anomaly_container.outbound.errors import Refused
from anomaly_container.outbound.object_store import open_store
from tests.deploy.rendering import ROOT
from tests.support.cloud import REGION, Cloud
from tests.system.server import GATE, SECONDS_TO_START, SECONDS_TO_STOP, free_port, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = ROOT / "deploy" / "cloud"
POLICY = FOLDER / "batches-policy.json"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.batches.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ROWS = "".join(f"2026-01-01T00:{minute:02},{20 + minute % 5}\n" for minute in range(60))
CONTENT = f"timestamp,level\n{ROWS}2026-01-01T01:00,90\n".encode()


class Template(yaml.SafeLoader):
    """YAML with the functions of CloudFormation, each as a mapping."""


def _function(loader: Template, suffix: str, node: yaml.Node) -> dict[str, Any]:
    assert isinstance(node, yaml.ScalarNode)
    return {suffix: loader.construct_scalar(node)}


Template.add_multi_constructor("!", _function)


def cloudformation(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((FOLDER / f"batches-{name}.cfn.yaml").read_text(), Template)  # noqa: S506  # a safe loader
    return loaded


def terraform(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / f"batches-{name}.tf.json").read_text())
    return loaded


def test_templates_of_cloudformation_have_no_fault() -> None:
    files = sorted(map(str, FOLDER.glob("*.cfn.yaml")))
    assert len(files) == 2
    words = [str(Path(sys.executable).with_name("cfn-lint")), *files]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  # fixed words
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "kind", "action", "resource"),
    [("sns", "Topic", "sns:Publish", "aws_sns_topic"), ("sqs", "Queue", "sqs:SendMessage", "aws_sqs_queue")],
)
def test_new_files_below_raw_are_announced_by_this_bucket_alone(
    name: str, kind: str, action: str, resource: str
) -> None:
    made = cloudformation(name)["Resources"]
    [told] = made["Bucket"]["Properties"]["NotificationConfiguration"][f"{kind}Configurations"]
    assert told["Event"] == "s3:ObjectCreated:*"
    assert told["Filter"] == {"S3Key": {"Rules": [{"Name": "prefix", "Value": "raw/"}]}}
    assert made["Bucket"]["DependsOn"] == f"{kind}Policy"
    assert made["Bucket"]["DeletionPolicy"] == "Retain"
    [statement] = made[f"{kind}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert (statement["Action"], set(statement["Condition"])) == (action, {"StringEquals", "ArnLike"})

    plan = terraform(name)
    notified = plan["resource"]["aws_s3_bucket_notification"]["sensors"]
    [told] = notified[kind.lower()]
    assert told == {
        f"{kind.lower()}_arn": f"${{{resource}.sensors.arn}}",
        "events": ["s3:ObjectCreated:*"],
        "filter_prefix": "raw/",
    }
    assert notified["depends_on"] == [f"{resource}_policy.sensors"]
    [statement] = plan["data"]["aws_iam_policy_document"]["publish"]["statement"]
    assert statement["actions"] == [action]
    assert statement["principals"] == [{"type": "Service", "identifiers": ["s3.amazonaws.com"]}]
    assert {one["variable"] for one in statement["condition"]} == {"aws:SourceAccount", "aws:SourceArn"}
    for reference in references(plan):
        assert exists(plan, reference), reference


def references(value: object) -> Iterator[str]:
    """What is named between `${` and `}`."""
    if isinstance(value, dict):
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, str) and value.startswith("${"):
        yield value.removeprefix("${").removesuffix("}")


def exists(plan: dict[str, Any], reference: str) -> bool:
    kind, *rest = reference.split(".")
    if kind == "var":
        return rest[0] in plan["variable"]
    if kind == "data":
        return rest[1] in plan["data"][rest[0]]
    return rest[0] in plan["resource"][kind]


def test_messages_are_signed_and_not_raw() -> None:
    made = cloudformation("sns")["Resources"]
    assert made["Topic"]["Properties"]["SignatureVersion"] == "2"
    assert made["Subscription"]["Properties"]["RawMessageDelivery"] is False
    plan = terraform("sns")["resource"]
    assert plan["aws_sns_topic"]["sensors"]["signature_version"] == 2
    assert plan["aws_sns_topic_subscription"]["batches"]["raw_message_delivery"] is False


@contextmanager
def cloud() -> Iterator[Cloud]:
    """A cloud in a process of its own, which may be ended while a queue is polled."""
    port = free_port()
    words = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # fixed words
    try:
        wait_until(f"http://127.0.0.1:{port}", "/moto-api/data.json", lambda answer: answer.ok)
        yield Cloud(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def strict() -> Iterator[tuple[Cloud, dict[str, str], str, str]]:
    """A cloud that holds to permissions: credentials with the policy, a bucket and a queue."""
    with cloud() as made:
        bucket, queue = made.bucket(), made.queue()
        arn = made.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        arn = arn["Attributes"]["QueueArn"]
        announced = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
        made.client("s3").put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [announced]}
        )
        iam = made.client("iam")
        iam.create_user(UserName="batches")
        text = POLICY.read_text().replace("BUCKET", bucket).replace("arn:aws:sqs:REGION:ACCOUNT:QUEUE", arn)
        iam.put_user_policy(UserName="batches", PolicyName="batches", PolicyDocument=text)
        key = iam.create_access_key(UserName="batches")["AccessKey"]
        credentials = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_DEFAULT_REGION": REGION,
        }
        yield made, credentials, bucket, queue


def hold_to_permissions(made: Cloud, after: str) -> None:
    """Let moto refuse what a policy does not allow; `inf` for never."""
    requests.post(
        f"{made.endpoint}/moto-api/reset-auth", after, headers={"Content-Type": "text/plain"}, timeout=10
    ).raise_for_status()


async def test_the_policy_lets_nothing_else_be_done(
    strict: tuple[Cloud, dict[str, str], str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, credentials, bucket, _ = strict
    made.client("s3").put_object(Bucket=bucket, Key="raw/x.csv", Body=CONTENT)
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)
    hold_to_permissions(made, "0")
    store = open_store(f"s3://{bucket}", endpoint=made.endpoint)
    try:
        assert (await store.read("raw/x.csv", 10_000)).data == CONTENT
        for refused in (
            store.put("raw/x.csv", b"changed"),
            store.put("elsewhere/x.csv", b"1"),
            store.delete("raw/x.csv"),
            store.delete("processed/x.csv"),
            store.delete("state/batches.json"),
            store.delete("deadletter/x.json"),
        ):
            with pytest.raises(Refused):
                await refused
    finally:
        hold_to_permissions(made, "inf")
        await store.close()


def test_the_policy_is_enough(strict: tuple[Cloud, dict[str, str], str, str]) -> None:
    made, credentials, bucket, queue = strict
    port = free_port()
    words = [*GATE, "Service=batches", "Host=127.0.0.1", f"Port={port}", f"Batches:Url=s3://{bucket}"]
    words += [f"Batches:Endpoint={made.endpoint}", f"Batches:Queue={queue}", "Batches:Intake=queue"]
    hold_to_permissions(made, "0")
    process = spawn(words, credentials)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(url, "/readyz", lambda answer: answer.ok)
        hold_to_permissions(made, "inf")
        s3 = made.client("s3")
        s3.put_object(Bucket=bucket, Key="raw/good.csv", Body=CONTENT)
        s3.put_object(Bucket=bucket, Key="raw/bad.csv", Body=b"level\n1\n1,2,3\n")
        hold_to_permissions(made, "0")
        wait_until(url, "/anomalies/recent", lambda answer: answer.json()["count"] == 1)
        wait_until(url, "/deadletters", lambda answer: answer.json()["deadletters"])
        [letter] = requests.get(f"{url}/deadletters", timeout=5).json()["deadletters"]
        assert letter["reason"] == "ragged"
        again = requests.post(f"{url}/deadletters/{letter['id']}/retry", timeout=5)
        assert again.status_code == 202
        wait_until(url, "/metrics", lambda answer: 'anomaly_batches_total{result="retried"}' in answer.text)
        assert "anomaly_batches_store_errors_total{" not in requests.get(f"{url}/metrics", timeout=5).text
        hold_to_permissions(made, "inf")
        keys = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]}
        assert {"processed/good.csv", "processed/good_summary.json", "state/baseline.json"} <= keys
    finally:
        hold_to_permissions(made, "inf")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS_TO_STOP * 3)


def wait_until(url: str, path: str, holds: Any) -> None:  # noqa: ANN401  # a function of the answer
    deadline = time.monotonic() + SECONDS_TO_START
    seen = "nothing"
    while time.monotonic() < deadline:
        try:
            answer = requests.get(f"{url}{path}", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
            continue
        if holds(answer):
            return
        seen = answer.text[:2000]
        time.sleep(0.05)
    message = f"{path} did not come to what is expected: {seen}"
    raise TimeoutError(message)


def test_compose_makes_a_bucket_whose_files_are_scored(tmp_path: Path) -> None:
    batches, bucket = SERVICES["batches"], SERVICES["bucket"]
    credentials = {name: value for name, value in bucket["environment"].items() if name.startswith("AWS_")}
    assert credentials.items() <= batches["environment"].items()
    with cloud() as made:
        [program] = bucket["command"]
        environ = {**credentials, "ENDPOINT": made.endpoint}
        subprocess.run([sys.executable, "-c", program], env=environ, check=True)  # noqa: S603  # our own file
        made.client("s3").put_object(Bucket="sensors", Key="raw/x.csv", Body=CONTENT)
        port = free_port()
        # The addresses alone differ from the file: there is one loopback device for all here.
        words = [word.replace("http://cloud:4566", made.endpoint) for word in batches["command"]]
        words += ["Host=127.0.0.1", f"Port={port}", f"Mounts:Output={tmp_path}"]
        process = spawn(words, {**credentials, "ApiKey": "any"})
        try:
            found = f"http://127.0.0.1:{port}"
            wait_until(found, "/anomalies/recent", lambda answer: answer.json()["count"] == 1)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=SECONDS_TO_STOP * 3)


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "cloud"])
def test_a_service_of_compose_has_no_privilege_and_no_writable_root(name: str) -> None:
    given = SERVICES[name]
    assert given["read_only"] is True
    assert given["cap_drop"] == ["ALL"]
    assert given["security_opt"] == ["no-new-privileges:true"]
    assert [volume.partition(":")[2] for volume in given.get("volumes", ())] in (["/output"], [])


def test_no_key_of_compose_is_written_down() -> None:
    for name, variable in (("batches", "ApiKey"), ("meter", "Meter__Keys")):
        assert SERVICES[name]["environment"][variable].startswith("${APIKEY:?")
