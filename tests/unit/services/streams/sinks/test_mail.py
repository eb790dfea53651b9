"""Mail, to a real SMTP server on loopback.

The smallest example: a notice is one mail, whose Message-ID is made of the id of the notice.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from anomaly_container.services.streams.sinks.mail import MailServer, MailSink, message_id
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, Receipt, SinkFailed
from tests.support.authority import authority
from tests.support.mailbox import Inbox, mail_server
from tests.support.sink_outputs import broken, notice, report, result, results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anomaly_container.services.streams.outputs import Output
    from tests.support.authority import Authority

NOW = 1_767_225_600.0
USER, PASSWORD = "alarms", "of-a-test"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve(inbox: Inbox) -> Iterator[Callable[..., int]]:
    """Return what starts the server, and returns its port."""
    with ExitStack() as started:

        def start(**words: Any) -> int:  # noqa: ANN401  # those of aiosmtpd's Controller
            return started.enter_context(mail_server(inbox, **words))

        yield start


def mail_sink(port: int, *recipients: str) -> MailSink:
    return MailSink(
        MailServer("127.0.0.1", port),
        sender="alarms@shop.example",
        recipients=recipients or ("ops@shop.example",),
        stream="shop",
        clock=lambda: NOW,
    )


async def sent(sink: MailSink, *outputs: Output) -> Receipt:
    try:
        return await sink.send(outputs)
    finally:
        await sink.close()


async def test_a_notice_is_a_mail_of_text_and_html(serve: Callable[..., int], inbox: Inbox) -> None:
    assert await sent(mail_sink(serve(), "a@shop.example", "b@shop.example"), notice(3)) == ALL_TAKEN
    [mail] = inbox.mails
    assert mail["Message-ID"] == "<shop.anomalies.3@shop.example>"
    assert mail["Subject"].startswith(
        "ALARM: anomalies of shop since 2026-01-01T00:10:00Z, 6 anomalies in 15"
    )
    assert (mail["From"], mail["To"]) == ("alarms@shop.example", "a@shop.example, b@shop.example")
    assert inbox.envelopes[0].rcpt_tos == ["a@shop.example", "b@shop.example"]
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines()[1:] == [
        "  High Outlier orders-0-7 at 2026-01-01T00:00:00Z, score 2.5: response_time high (75%)",
        "http://127.0.0.1:8080/",
    ]
    page = mail.get_body(("html",))
    assert page is not None
    assert "<pre>ALARM: anomalies of shop" in page.get_content()


async def test_a_report_goes_inline(serve: Callable[..., int], inbox: Inbox) -> None:
    await sent(mail_sink(serve()), report())
    [mail] = inbox.mails
    page = mail.get_body(("html",))
    assert page is not None
    assert page.get_content().strip() == report().html
    assert list(mail.iter_attachments()) == []


async def test_results_that_come_together_are_one_mail_and_notices_are_alone(
    serve: Callable[..., int], inbox: Inbox
) -> None:
    outputs = [*results(0, 3), notice(1), notice(2, state="OK"), result(9), broken(4)]
    assert await sent(mail_sink(serve()), *outputs) == ALL_TAKEN
    subjects = [str(mail["Subject"]) for mail in inbox.mails]
    assert [subject.split(":")[0] for subject in subjects] == [
        "3 results of shop",
        "ALARM",
        "OK",
        "High Outlier orders-0-9 at 2026-01-01T00",
        "Parked orders-0-4",
    ]
    assert len({str(mail["Message-ID"]) for mail in inbox.mails}) == 5


async def test_the_same_again_has_the_same_message_id(serve: Callable[..., int], inbox: Inbox) -> None:
    port = serve()
    for _ in range(2):
        await sent(mail_sink(port), *results(0, 3))
    first, second = (mail["Message-ID"] for mail in inbox.mails)
    assert first == second


async def test_names_with_ends_of_lines_make_no_headers(serve: Callable[..., int], inbox: Inbox) -> None:
    await sent(mail_sink(serve()), notice(1, alarm="a\r\nBcc: x@y.example", feature="\n" * 300))
    [mail] = inbox.mails
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]


@pytest.mark.parametrize(("answer", "is_final"), [("451 later", False), ("552 never", True)])
async def test_the_code_says_whether_to_try_again(
    answer: str, is_final: bool, serve: Callable[..., int], inbox: Inbox
) -> None:
    inbox.answer = answer
    one = notice(1)
    receipt = await sent(mail_sink(serve()), one)
    assert (receipt.again, receipt.refused) == (((), (one,)) if is_final else ((one,), ()))
    assert receipt.detail == "The mail server did not take a message."


@pytest.mark.parametrize(("answers", "is_final"), [(("550 no", "451 later"), False), (("550 no",) * 2, True)])
async def test_recipients_are_refused_for_good_only_together(
    answers: tuple[str, str], is_final: bool, serve: Callable[..., int], inbox: Inbox
) -> None:
    addresses = ("a@shop.example", "b@shop.example")
    inbox.refused = dict(zip(addresses, answers, strict=True))
    receipt = await sent(mail_sink(serve(), *addresses), notice(1))
    assert bool(receipt.refused) is is_final
    assert bool(receipt.again) is not is_final


async def test_a_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(SinkFailed, match="cannot be reached"):
        await sent(mail_sink(1), notice(1))


async def test_a_server_that_says_nothing_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anomaly_container.services.streams.sinks.mail.SECONDS", 0.2)

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        with pytest.raises(SinkFailed):
            await sent(mail_sink(server.sockets[0].getsockname()[1]), notice(1))


async def test_nothing_is_sent_for_nothing() -> None:
    assert await sent(mail_sink(1)) == ALL_TAKEN


def logged_in(
    _server: object, _session: object, _envelope: object, _mechanism: str, data: LoginPassword
) -> AuthResult:
    is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


# aiosmtpd does not count the TLS below the connection, and drops the future of a handshake that failed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_over_verified_tls_it_logs_in(
    tls: str, signer: Authority, serve: Callable[..., int], inbox: Inbox
) -> None:
    pair = signer.pair(f"mail-{tls}")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    words: dict[str, Any] = (
        {"tls_context": context, "require_starttls": True} if tls == "starttls" else {"ssl_context": context}
    )
    if tls == "tls":
        words["auth_require_tls"] = False
    port = serve(authenticator=logged_in, auth_required=True, **words)
    trust = ssl.create_default_context(cafile=signer.root)

    def sink(user: str, trusted: ssl.SSLContext | None) -> MailSink:
        server = MailServer("localhost", port, tls, user=user, password=PASSWORD, trust=trusted)  # type: ignore[arg-type]  # one of its words
        return MailSink(
            server, sender="a@x.example", recipients=["b@x.example"], stream="shop", clock=lambda: NOW
        )

    assert await sent(sink(USER, trust), notice(1)) == ALL_TAKEN
    assert len(inbox.mails) == 1
    with pytest.raises(SinkFailed):
        await sent(sink("somebody", trust), notice(1))
    with pytest.raises(SinkFailed):
        await sent(sink(USER, None), notice(1))
    assert len(inbox.mails) == 1


def test_a_message_id_is_of_letters_that_mail_allows() -> None:
    assert message_id("orders-0-7", "a@x.example") == "<orders-0-7@x.example>"
    long = message_id("a b" * 100, "a@x.example")
    assert len(long) == len("<@x.example>") + 64
