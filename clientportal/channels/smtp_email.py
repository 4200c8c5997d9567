"""E-mail by SMTP: one recipient per transaction, one connection per call (contracts §2)."""

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from urllib.parse import parse_qs, unquote, urlsplit

from clientportal.channels.base import Answer, ChannelError, Outgoing, Repeat, Result, Trouble
from clientportal.channels.outside import Inside, OutsideSmtp, OutsideSmtps
from clientportal.domain import bounces
from clientportal.domain.bounces import Soft
from clientportal.domain.contactability import Evidence

TIMEOUT = 20.0
_LATER = 300.0


class BadUrl(ValueError):
    """The text is no address of an SMTP server."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over. `security`: none, starttls (also the default) or tls."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""


def server_of(url: str) -> Server:
    """`smtp://user:password@host:587`, `smtps://…:465`, `smtp://host:25?security=none`.

    Without `security`, STARTTLS is demanded, but for a server on this machine. Raises BadUrl.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise BadUrl("address") from error
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise BadUrl("address")
    local = parts.hostname in {"127.0.0.1", "::1", "localhost"}
    usual = "tls" if parts.scheme == "smtps" else "none" if local else "starttls"
    security = (parse_qs(parts.query).get("security") or [usual])[0]
    if security not in {"none", "starttls", "tls"}:
        raise BadUrl("security")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if security == "none" and password and not local:
        raise BadUrl("password_in_the_clear")
    return Server(
        parts.hostname, port or (465 if security == "tls" else 587), security, user, password
    )


class SmtpEmail:
    """One SMTP account. `return_path` has `{mark}` where VERP puts that of the message.

    `outside`: a server in the network of this machine is not spoken to.
    """

    most = 20
    takes_files_together = True
    repeat = Repeat.REST  # under the same Message-ID

    def __init__(
        self, server: Server, *, sender: str, return_path: str = "", outside: bool = False
    ) -> None:
        self._server = server
        self.outside = outside
        self._sender = sender
        self._return_path = return_path

    def send(self, batch: Sequence[Outgoing], *, key: str) -> Answer:  # noqa: ARG002 no keys here
        """See `Channel.send`; a repeated message has its `Message-ID` again.

        A connection that breaks after a message was handed over, but before the answer, leaves that
        message out of the results: nothing is known of it.
        """
        mails, results = self._mails(batch)
        if not mails:
            return Answer(results)
        connection = self._connect()
        try:
            results.extend(self._one(connection, message, mail) for message, mail in mails)
        except (smtplib.SMTPServerDisconnected, TimeoutError, OSError) as error:
            if len(results) == len(batch) - len(mails):  # nothing was said of any mail
                raise ChannelError(Trouble.UNKNOWN, type(error).__name__) from error
        finally:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
        return Answer(results)

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context()
        plain, secure = (
            (OutsideSmtp, OutsideSmtps) if self.outside else (smtplib.SMTP, smtplib.SMTP_SSL)
        )
        try:
            if server.security == "tls":
                connection: smtplib.SMTP = secure(
                    server.host, server.port, timeout=TIMEOUT, context=context
                )
            else:
                connection = plain(server.host, server.port, timeout=TIMEOUT)
                if server.security == "starttls":
                    connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password)
        except Inside as error:
            raise ChannelError(Trouble.CLOSED, "not a server on the internet") from error
        except smtplib.SMTPAuthenticationError as error:
            raise ChannelError(Trouble.CLOSED, f"{error.smtp_code} authentication") from error
        except smtplib.SMTPNotSupportedError as error:
            raise ChannelError(Trouble.CLOSED, "no STARTTLS") from error
        except ssl.SSLCertVerificationError as error:
            raise ChannelError(Trouble.CLOSED, "certificate") from error
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelError(
                Trouble.BUSY, f"connect: {type(error).__name__}", retry_after=30
            ) from error
        return connection

    def _mails(
        self, batch: Sequence[Outgoing]
    ) -> tuple[list[tuple[Outgoing, EmailMessage]], list[Result]]:
        """Each message as a mail, made before anything is sent: one that cannot be one is refused
        alone, and keeps nobody else's from leaving or being counted."""
        mails: list[tuple[Outgoing, EmailMessage]] = []
        refused: list[Result] = []
        for message in batch:
            try:
                mail = self._mail(message)
                mail.as_bytes()
            except (ValueError, LookupError, MessageError) as error:
                detail = f"not a mail: {type(error).__name__}"
                refused.append(Result(message.id, Evidence.FAILED, detail=detail))
            else:
                mails.append((message, mail))
        return mails, refused

    def _one(self, connection: smtplib.SMTP, message: Outgoing, mail: EmailMessage) -> Result:
        envelope = self._return_path.replace("{mark}", message.mark)
        try:
            connection.send_message(
                mail, from_addr=envelope or _address(self._sender), to_addrs=[message.to_address]
            )
        except smtplib.SMTPRecipientsRefused as error:
            code, said = error.recipients[message.to_address]
            return _refused(message, code, said, at_rcpt=True)
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            return _refused(message, error.smtp_code, error.smtp_error, at_rcpt=False)
        except (UnicodeEncodeError, smtplib.SMTPNotSupportedError):
            return Result(message.id, Evidence.FAILED, detail="SMTPUTF8 is not supported")
        return Result(message.id, Evidence.ACCEPTED, provider_id=mail["Message-ID"].strip("<>"))

    def _mail(self, message: Outgoing) -> EmailMessage:
        mail = EmailMessage(policy=SMTP_POLICY)
        mail["From"] = _plain(self._sender)
        mail["To"] = _to(message)
        mail["Subject"] = _plain(message.subject)
        domain = _address(self._sender).rpartition("@")[2]
        mail["Message-ID"] = f"<message-{message.mark or message.id}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        if message.reply_to:
            mail["Reply-To"] = _plain(message.reply_to)
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        for file in message.files:
            main, _, sub = file.media_type.partition("/")
            mail.add_attachment(
                file.content, maintype=main, subtype=sub or "octet-stream", filename=file.name
            )
        return mail


def _refused(message: Outgoing, code: int, said: bytes | str, *, at_rcpt: bool) -> Result:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    detail = f"{code} {text}"[:300]
    judged = bounces.of_smtp(code, text, at_rcpt=at_rcpt)
    if isinstance(judged, Soft):
        last = Evidence.FAILED if judged is Soft.FAULT else Evidence.SOFT_BOUNCE
        return Result(message.id, again_in=_LATER, at_last=last, detail=detail)
    return Result(message.id, judged, detail=detail)


def _to(message: Outgoing) -> Address | str:
    local, _, domain = _plain(message.to_address).rpartition("@")
    name = _plain(message.to_name)
    return Address(name, local, domain) if name else _plain(message.to_address)


def _plain(text: str) -> str:
    """A header's text that can only be what it says. Raises ValueError.

    The library decodes encoded words (RFC 2047) when a header is set, so that one of them could
    bring a line end in, and with it headers and a body of somebody else's making.
    """
    if "=?" in text or not text.isprintable():
        raise ValueError("a header with an encoded word or a control character")
    return text


def _address(sender: str) -> str:
    return sender.rpartition("<")[2].rstrip("> ")
