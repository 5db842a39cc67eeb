"""The form of numbers: what fits, which forms may be written down, and that a refusal tells nobody who is on a list."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gateway.eventfile import EventFile
from gateway.faults import Faulty
from gateway.numbers import LONGEST, ends_soon, fits
from tests.support.day import FILE, TARO, day
from tests.support.samples import event_document

RULES = {"number_pattern": "[A-Z]-[0-9]{4}", "number_hint": {"ja": "英字と数字4けた", "en": "a letter and four digits"}}


@pytest.mark.parametrize(
    ("typed", "fit"),
    [("A-1002", True), ("Ａ－１００２", True), (" a-1002 ", True), ("1002", False), ("A-10023", False), ("", False)],
)
def test_a_number_fits_however_it_is_typed(typed: str, fit: bool) -> None:
    assert fits("[A-Z]-[0-9]{4}", typed) is fit


def test_without_a_form_everything_fits_and_with_one_nothing_endless_does() -> None:
    assert fits(None, "x" * 100)
    assert not fits("x*", "x" * (LONGEST + 1))


@pytest.mark.parametrize(
    ("pattern", "soon"),
    [
        ("[A-Z]-[0-9]{4}", True), (r"\d{4,6}", True), (r"(A|B)\d+", True), (r"\(\d\)+", True), ("[(+*)]{3}", True),
        (r"(\d+)+", False), (r"(a|a)*", False), (r"(\d{1,9}){1,9}", False), (r"\d*\d*\d*\d*\d*", False),
        ("a?" * 20, False),
    ],
)  # fmt: skip
def test_forms_that_might_never_end_are_told_from_those_that_do(pattern: str, soon: bool) -> None:
    assert ends_soon(pattern) is soon


def test_the_worst_form_that_is_let_pass_ends_soon() -> None:
    began = time.perf_counter()
    assert not fits(r"1*1*1*1*x", "1" * LONGEST)
    assert time.perf_counter() - began < 5


def test_an_endless_form_is_a_fault_of_the_file() -> None:
    with pytest.raises(Faulty) as caught:
        EventFile.parse(event_document(policy={"number_pattern": r"(\d+)+"}))
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [("policy.number_pattern", "bad_pattern")]


async def test_a_malformed_number_is_told_apart_is_kept_and_is_told_alike_of_everybody(tmp_path: Path) -> None:
    async with day(tmp_path, file=FILE | {"policy": RULES}) as today:
        taro = await today.candidate(TARO, seated=False)
        assert (await taro.see())["number_hint"] == RULES["number_hint"]
        assert (await taro.must("check-in", number="1002", name=TARO.name))["result"] == "malformed"
        assert (await taro.must("check-in", number="A-9999", name=TARO.name))["result"] == "refused"
        attempt = today.hall.state.interviews[TARO.id].attempts[0]
        assert (attempt.code, attempt.count) == ("number_malformed", 2)
        shared = today.browser()
        await shared.enter(code=today.gateway.house.links.room_code("exam", "r1"))
        await shared.must("consent", notice="n1")
        assert (await shared.must("check-in", number="nobody's", name="誰か"))["result"] == "malformed"
        assert (await taro.must("check-in", number="ａ-1002", name=TARO.name))["result"] == "seated"


async def test_a_number_on_the_roster_is_right_whatever_its_form(tmp_path: Path) -> None:
    async with day(tmp_path, file=FILE | {"policy": {"number_pattern": "[0-9]{9}"}}) as today:
        await today.candidate(TARO)
