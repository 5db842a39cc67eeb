"""What stands between the gateway and the world: its own TLS, or a proxy that the settings name."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.app import running
from gateway.config import Settings, Tls
from gateway.operations import run
from gateway.requests import address_of, put_house
from tests.support.day import EVENT, FILE, HANAKO, Clock, Day, bring_in


def certificate(folder: Path) -> Tls:
    """A certificate for the loopback address, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "genkan test")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    tls = Tls(folder / "chain.pem", folder / "key.pem")
    tls.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    tls.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return tls


async def test_over_its_own_tls_a_session_is_held_by_a_host_cookie(tmp_path: Path) -> None:
    """A browser that trusts the certificate enters; the cookie is ``__Host-`` and Secure; plain HTTP gets nothing."""
    tls = certificate(tmp_path)
    settings = replace(Settings.for_demo(tmp_path / "data"), tls=tls, public_origin="https://127.0.0.1:0")
    async with running(settings, clock=(clock := Clock()), worker=False, sockets=False) as gateway:
        made = Day(gateway, clock)
        await run(gateway.house, "event-create", {"file": dict(FILE)})
        await bring_in(made, (HANAKO,))
        origin = gateway.settings.public_origin
        assert origin.startswith("https://")
        trusting = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=tls.certificate))
        async with aiohttp.ClientSession(connector=trusting, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            body = {"link": gateway.house.links.invite_token(EVENT, HANAKO.id, "candidate", 1)}
            answer = await http.post(f"{origin}/api/enter", json=body, headers={"Origin": origin})
            assert answer.status == 200
            cookie = answer.headers["Set-Cookie"]
            assert cookie.startswith("__Host-genkan-")
            assert "Secure" in cookie
            sid = (await answer.json())["sid"]
            assert (await http.get(f"{origin}/api/s/{sid}/view")).status == 200
            with pytest.raises(aiohttp.ClientError):
                await http.get(origin.replace("https://", "http://"))


def asked_from(hop: str, *forwarded: str) -> web.Request:
    """A request as it arrives from ``hop``, at a gateway that names the proxies of 10.0.0.0/8."""
    proxies = (ipaddress.ip_network("10.0.0.0/8"),)
    app = web.Application()
    put_house(app, cast("Any", SimpleNamespace(settings=SimpleNamespace(trusted_proxies=proxies))))
    transport = SimpleNamespace(get_extra_info=lambda name, default=None: (hop, 1) if name == "peername" else default)
    headers = [("X-Forwarded-For", value) for value in forwarded]
    return make_mocked_request("GET", "/", headers=cast("Any", headers), app=app, transport=cast("Any", transport))


@pytest.mark.parametrize(
    ("hop", "forwarded", "address"),
    [
        pytest.param("203.0.113.9", ["198.51.100.1"], "203.0.113.9", id="a stranger's header is not believed"),
        pytest.param("10.0.0.1", ["198.51.100.1"], "198.51.100.1", id="a named proxy's is"),
        pytest.param("10.0.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1", id="only its own last word"),
        pytest.param("10.0.0.1", ["192.0.2.66", "198.51.100.1, 10.0.0.2"], "198.51.100.1", id="through two proxies"),
        pytest.param("10.0.0.1", [], "10.0.0.1", id="a proxy that says nothing"),
    ],
)
def test_a_forwarded_address_is_believed_from_a_named_proxy_only(hop: str, forwarded: list[str], address: str) -> None:
    assert address_of(asked_from(hop, *forwarded)) == address
