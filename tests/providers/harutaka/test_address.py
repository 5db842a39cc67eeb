"""A link that passes leads to harutaka, whatever a browser makes of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from providers.harutaka.address import HOME, MAX_URL, is_my_live, place, trouble
from providers.harutaka.faults import SENTENCES

REHEARSAL = ("127.0.0.1:8099", "video.example.lg.jp", "video.example.lg.jp:8443")
LONGEST = f"https://{HOME}/" + "a" * (MAX_URL - len(f"https://{HOME}/"))


@pytest.mark.parametrize(
    "url",
    [
        "https://company.harutaka.jp/live/abc",
        "https://harutaka.jp/live/abc",
        "https://a.b.harutaka.jp/live/abc?key=1&lang=ja",
        "HTTPS://Company.Harutaka.JP/Live/ABC",
        "https://company.harutaka.jp:443/live/abc",
        "https://company.harutaka.jp/?room=abc",
        "https://company.harutaka.jp/live/%E9%9D%A2%E6%8E%A5#top",
        "https://company.harutaka.jp/live/a@b",
        LONGEST,
    ],
)
def test_a_link_under_harutaka_passes(url: str) -> None:
    assert trouble(url) == ""


@pytest.mark.parametrize(
    ("url", "code"),
    [
        # another host
        ("https://evilharutaka.jp/live/abc", "foreign_host"),
        ("https://harutaka.jp.evil.example/live/abc", "foreign_host"),
        ("https://harutaka.jp.evil/live/abc", "foreign_host"),
        ("https://evil.example/harutaka.jp/live", "foreign_host"),
        ("https://evil.example/?harutaka.jp", "foreign_host"),
        ("https://evil.example?x=.harutaka.jp", "foreign_host"),
        ("https://evil.example#.harutaka.jp", "foreign_host"),
        ("https://192.0.2.1/live", "foreign_host"),
        ("https://127.0.0.1/live", "foreign_host"),
        ("https://[::1]/live", "foreign_host"),
        ("https://jp/live", "foreign_host"),
        # what browsers would mend
        ("https://evil.example\\.harutaka.jp/live", "bad_character"),
        ("https:\\\\harutaka.jp\\live", "bad_character"),
        ("https://harutaka。jp/live", "bad_character"),
        ("https://harutaka.jp/面接", "bad_character"),
        ("https://evil\t.harutaka.jp/live", "bad_character"),
        ("https://company.harutaka.jp/live/a b", "bad_character"),
        (" https://company.harutaka.jp/live/abc", "bad_character"),
        ("https://company.harutaka.jp/live/abc\n", "bad_character"),
        ("https://company.harutaka.jp/live/\x00", "bad_character"),
        ("https://company.haruta\u212aa.jp/live", "bad_character"),  # Kelvin sign, which folds to k
        ("https://company.harutaka.jp/\u200blive", "bad_character"),
        ("https://company.harutaka.jp/<live>", "bad_character"),
        ("https:///company.harutaka.jp/live", "bad_url"),
        ("https://.harutaka.jp/live", "bad_url"),
        ("https://company..harutaka.jp/live", "bad_url"),
        ("https://company.harutaka.jp./live", "bad_url"),
        ("https://-.harutaka.jp/live", "bad_url"),
        ("https://%65vil.harutaka.jp/live", "bad_url"),
        ("https://company.harutaka.jp:/live", "bad_url"),
        ("https://company.harutaka.jp/live/../admin", "bad_url"),
        ("https://company.harutaka.jp/live/%2e%2E/admin", "bad_url"),
        ("https://company.harutaka.jp/live/./abc", "bad_url"),
        ("https://company.harutaka.jp//live", "bad_url"),
        ("https://", "bad_url"),
        # another way to get there
        ("http://company.harutaka.jp/live/abc", "not_https"),
        ("http://127.0.0.1:8099/live/abc", "not_https"),
        ("javascript:alert(1)", "not_https"),
        ("//company.harutaka.jp/live", "not_https"),
        ("company.harutaka.jp/live", "not_https"),
        ("https:/company.harutaka.jp/live", "not_https"),
        ("", "not_https"),
        ("https://u:p@company.harutaka.jp/live", "user_in_url"),
        ("https://company.harutaka.jp@evil.example/live", "user_in_url"),
        ("https://evil.example@company.harutaka.jp/live", "user_in_url"),
        ("https://@company.harutaka.jp/live", "user_in_url"),
        ("https://company.harutaka.jp:8443/live", "port"),
        ("https://company.harutaka.jp:0443/live", "port"),
        ("https://company.harutaka.jp:80/live", "port"),
        # no room
        ("https://company.harutaka.jp", "no_room"),
        ("https://company.harutaka.jp/", "no_room"),
        ("https://company.harutaka.jp/?", "no_room"),
        ("https://company.harutaka.jp/#top", "no_room"),
        (LONGEST + "a", "too_long"),
    ],
)
def test_what_does_not_pass_and_why(url: str, code: str) -> None:
    assert trouble(url) == code
    assert code in SENTENCES


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:8099/live/abc", ""),
        ("https://127.0.0.1:8099/live/abc", ""),
        ("https://video.example.lg.jp/live/abc", ""),
        ("https://video.example.lg.jp:443/live/abc", ""),
        ("https://video.example.lg.jp:8443/live/abc", ""),
        ("https://company.harutaka.jp/live/abc", ""),
        ("http://video.example.lg.jp/live/abc", "not_https"),
        ("http://video.example.lg.jp:8443/live/abc", "not_https"),
        ("http://127.0.0.1:8098/live/abc", "not_https"),
        ("http://localhost:8099/live/abc", "not_https"),
        ("https://127.0.0.1:8098/live/abc", "foreign_host"),
        ("https://video.example.lg.jp:8444/live/abc", "foreign_host"),
        ("https://a.video.example.lg.jp/live/abc", "foreign_host"),
        ("https://video.example.lg.jp@evil.example/live", "user_in_url"),
    ],
)
def test_other_hosts_are_allowed_one_by_one_and_plain_http_only_on_loopback(url: str, code: str) -> None:
    assert trouble(url, REHEARSAL) == code


pieces = st.sampled_from(
    ["https://", "http://", "HTTPS:", "/", "//", "\\", "@", ":", ".", "harutaka.jp", "harutaka", ".jp", "evil.example",
     "company", "443", ":443", "8443", "%2e", "%40", "%5c", "?", "#", "[", "]", "::1", "\t", " ", "。", "．", "@evil",
     "-", "_", "live", "\u212a", "xn--", "127.0.0.1", ";", "&", "=", "\u00ad", "ⓔ"]
)  # fmt: skip


@given(st.lists(pieces, min_size=1, max_size=9).map("".join))
@example("https://evil.example\\.harutaka.jp/")
@example("https://harutaka.jp:443@evil.example/")
@example("https://evil.example#@harutaka.jp/live")
def test_no_link_that_passes_leads_elsewhere(rest: str) -> None:
    """By the judgement of a parser that is not ours."""
    for url in (rest, f"https://{rest}", f"https://{rest}.harutaka.jp/live", f"https://company.harutaka.jp{rest}"):
        if trouble(url) == "":
            seen = URL(url)
            assert seen.scheme == "https"
            assert seen.host is not None
            assert seen.host == HOME or seen.host.endswith(f".{HOME}")
            assert (seen.user, seen.password, seen.port) == (None, None, 443)
            assert len(seen.raw_path_qs) > 1


@given(st.text(max_size=60))
def test_every_text_has_a_place_and_a_verdict(text: str) -> None:
    assert trouble(text) in {*SENTENCES, ""}
    assert place(text) == place(text)
    assert is_my_live(text) in (True, False)


@pytest.mark.parametrize(
    "other",
    [
        "https://company.harutaka.jp/live/abc",
        "HTTPS://COMPANY.harutaka.jp/live/abc",
        "https://company.harutaka.jp:443/live/abc",
        "https://company.harutaka.jp/live/abc/",
        "https://company.harutaka.jp/live/abc?",
        "https://company.harutaka.jp/live/abc#seat",
        "https://company.harutaka.jp/live/%61bc",
    ],
)
def test_ways_to_write_a_link_lead_to_one_place(other: str) -> None:
    assert trouble(other) == ""
    assert place(other) == place("https://company.harutaka.jp/live/abc")


@pytest.mark.parametrize(
    "other",
    [
        "https://company.harutaka.jp/live/ABC",
        "https://company.harutaka.jp/live/abd",
        "https://company.harutaka.jp/live/abc?key=1",
        "https://other.harutaka.jp/live/abc",
        "https://company.harutaka.jp/live/abc/1",
    ],
)
def test_links_that_differ_lead_to_places_that_differ(other: str) -> None:
    assert place(other) != place("https://company.harutaka.jp/live/abc")


@pytest.mark.parametrize("path", ["/ml/abc", "/ML/abc", "/ml", "/ml/", "/%6Dl/abc", "/ml?x=1"])
def test_a_my_live_link_is_known(path: str) -> None:
    assert is_my_live(f"https://company.harutaka.jp{path}")


@pytest.mark.parametrize("path", ["/live/ml", "/mlive/abc", "/live/abc?x=/ml/", "/"])
def test_another_link_is_not_taken_for_one(path: str) -> None:
    assert not is_my_live(f"https://company.harutaka.jp{path}")
