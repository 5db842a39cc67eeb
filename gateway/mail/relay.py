"""The mail server of the office, that takes our mail and brings it to the others (RFC 5321).

What it says is sorted into four: taken; not now (4xx, or it hung up); never (5xx about this mail or this person); and
"not from you", which is about ourselves. Of the last kind no mail is to blame, so none is given up for it.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal

import aiosmtplib as smtp

from gateway.mail.settings import MailSettings

CONNECT_WITHIN = 30.0  # seconds, greeting, TLS and login included: the server is the office's own
COMMAND_WITHIN = 300.0  # seconds; RFC 5321 §4.5.3.2.2 and .3 ask for five minutes
NO_SMTPUTF8 = "no_smtputf8"  # the server takes no address of that script
MAX_CAUSES = 8  # of an error, that are looked at
DATA_WITHIN = 600.0  # seconds; §4.5.3.2.6: hanging up earlier makes duplicates, for the mail may have been taken
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463


class Down(Exception):
    """The server takes no mail of ours now. ``code`` is stable; nothing that it said is in it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Outcome:
    """``code``: the enhanced status where there was one, else the reply's number, else a word of ours."""

    state: Literal["taken", "later", "never"]
    code: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    connect: float = CONNECT_WITHIN
    command: float = COMMAND_WITHIN
    data: float = DATA_WITHIN


class Line:
    """One connection. ``alive`` false: it broke, and the next mail needs another."""

    def __init__(self, client: smtp.SMTP, settings: MailSettings, patience: Patience) -> None:
        self._client, self._settings, self._patience = client, settings, patience
        self.alive = True

    async def send(self, mail: str, to: str, message: bytes) -> Outcome:
        """Hand over one mail to one person. Down where it is our address that is refused."""
        try:
            return await self._send(mail, to, message)
        except (smtp.SMTPServerDisconnected, smtp.SMTPTimeoutError, OSError):
            self.alive = False
            return Outcome("later", "dropped")
        except smtp.SMTPResponseException as error:
            return await self._refused(error)
        except smtp.SMTPException:  # an answer that is none
            self.alive = False
            return Outcome("later", "garbled")

    async def _send(self, mail: str, to: str, message: bytes) -> Outcome:
        client, patience = self._client, self._patience
        wide = not to.isascii()  # RFC 6531: of a script that not every server takes
        if wide and not client.supports_extension("smtputf8"):
            return Outcome("never", NO_SMTPUTF8)
        encoding = "utf-8" if wide else "ascii"
        tells = client.supports_extension("dsn")  # RFC 3461: bounces then name this mail
        options = ["RET=HDRS", f"ENVID={mail}"] if tells else []
        options += ["SMTPUTF8"] if wide else []
        await client.mail(self._settings.bounces, options=options, encoding=encoding, timeout=patience.command)
        told = ["NOTIFY=FAILURE"] if tells else []
        await client.rcpt(to, options=told, encoding=encoding, timeout=patience.command)
        await client.data(message, timeout=patience.data)
        return Outcome("taken")

    async def _refused(self, error: smtp.SMTPResponseException) -> Outcome:
        if error.code == smtp.SMTPStatus.domain_unavailable:  # 421: it closes
            self.alive = False
            return Outcome("later", _code(error))
        with suppress(smtp.SMTPException, OSError):
            await self._client.rset(timeout=self._patience.command)
        if isinstance(error, smtp.SMTPSenderRefused):
            raise Down("sender_refused") from None
        return Outcome("never" if error.code >= 500 else "later", _code(error))


class Relay:
    """The server as the settings name it."""

    def __init__(self, settings: MailSettings, secret: str | None = None, patience: Patience | None = None) -> None:
        self._settings, self._secret = settings, secret
        self._patience = patience or Patience()

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """A connection, logged in, for as many mails as there are. Down."""
        client = self._client()
        await self._connect(client)
        line = Line(client, self._settings, self._patience)
        try:
            yield line
        finally:
            if line.alive:
                with suppress(smtp.SMTPException, OSError, TimeoutError):
                    await client.quit(timeout=self._patience.connect)
            client.close()

    async def _connect(self, client: smtp.SMTP) -> None:
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:  # what it can is asked before the first mail, and not with it
                with suppress(smtp.SMTPHeloError):  # an old one: it is greeted otherwise then, and can nothing more
                    await client.ehlo()
        except smtp.SMTPAuthenticationError:
            raise Down("login_refused") from None
        except smtp.SMTPTimeoutError:
            raise Down("silent") from None
        except (smtp.SMTPException, OSError, ValueError) as error:
            client.close()
            raise Down(_why_no_line(error)) from None

    def _tls(self) -> ssl.SSLContext | None:
        """Certificates and names are checked, and nothing older than TLS 1.2 is spoken (RFC 8996)."""
        if self._settings.tls == "none":
            return None
        context = ssl.create_default_context(cafile=self._settings.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _client(self) -> smtp.SMTP:
        settings = self._settings
        return smtp.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=self._secret,
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            tls_context=self._tls(),
            timeout=self._patience.connect,
            local_hostname=settings.domain,  # not this machine's own name: it would stand in every mail
        )


def _why_no_line(error: BaseException) -> str:
    """``bad_certificate``, ``no_tls`` or ``unreachable``."""
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None and len(causes) < MAX_CAUSES:
        causes.append(cause)
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in causes):
        return "bad_certificate"
    words = str(error).lower()
    about_tls = any(isinstance(one, ssl.SSLError) for one in causes) or "starttls" in words or "ssl" in words
    return "no_tls" if about_tls else "unreachable"


def _code(error: smtp.SMTPResponseException) -> str:
    """Never the server's words: they repeat the address."""
    found = _STATUS.search(error.message)
    return found[0] if found else str(error.code)
