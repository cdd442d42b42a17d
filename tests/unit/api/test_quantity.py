"""Quantities: values, canonical forms, faults."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.api import quantity


@pytest.mark.parametrize(("text", "canonical"), [
    ("0", "0"), ("0Ki", "0"), ("-0", "0"), ("1", "1"), ("1000m", "1"), ("0.5", "500m"), ("1.5", "1500m"), ("100m",
    "100m"),
    ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("1000Ki", "1000Ki"), ("1023", "1023"), ("512Ki", "512Ki"),
    ("1.1Gi", "1181116006400m"), ("0.5Ki", "512"), ("1000k", "1M"), ("1e3", "1e3"), ("1E", "1E"), ("1E3", "1e3"),
    ("12e6", "12e6"),
    ("1200e3", "1200e3"), ("1e-3", "1e-3"), ("1n", "1n"), ("0.1n", "1n"), ("-0.1n", "-1n"), ("1u", "1u"),
    ("9223372036854775807", "9223372036854775807"), ("99E", "9223372036854775807"), (".5", "500m"), ("5.", "5"),
    ("+3k", "3k"),
    ("-1Ki", "-1Ki"), ("00100", "100"), ("1e99999999999", "9223372036854775807e0"), ("1e-99999999999", "1e-9"),
    (" 2Gi ", "2Gi"), ("1Ei", "1Ei"), ("100000000000000000000000000", "9223372036854775807"),
])
def test_canonical(text, canonical):
    if canonical.endswith("e0"):
        canonical = canonical[:-2]
    assert quantity.canonical(text) == canonical


@pytest.mark.parametrize(("text", "message"), [
    ("", quantity.WRONG_FORMAT), ("aoeu", quantity.WRONG_FORMAT), ("1 Gi", quantity.WRONG_FORMAT),
    ("1.1.M", quantity.WRONG_FORMAT), ("1+1.0M", quantity.WRONG_FORMAT), ("10Gb", quantity.WRONG_FORMAT),
    ("1i", quantity.WRONG_SUFFIX), (".5i", quantity.WRONG_SUFFIX), ("0.1mi", quantity.WRONG_SUFFIX),
    ("1.1e", quantity.WRONG_SUFFIX), ("-3.01e-", quantity.WRONG_SUFFIX), ("1MM", quantity.WRONG_SUFFIX),
    ("1Ki3", quantity.WRONG_SUFFIX),
    (".", quantity.WRONG_NUMBER), ("\u0661", quantity.WRONG_FORMAT),
])
def test_faults(text, message):
    with pytest.raises(ValueError, match="quantit") as caught:
        quantity.parse(text)
    assert str(caught.value) == message


def test_numbers_of_json():
    assert str(quantity.parse(2)) == "2"
    assert str(quantity.parse(0.25)) == "250m"
    assert str(quantity.parse(1e21)) == "9223372036854775807"
    assert quantity.of(None) == quantity.ZERO


def test_units_are_rounded_up():
    assert quantity.parse("1500m").value == 2
    assert quantity.parse("0.0001").milli == 1
    assert quantity.parse("2").milli == 2000


def test_arithmetic_keeps_the_notation():
    assert str(quantity.parse("1Gi") + quantity.parse("512Mi")) == "1536Mi"
    assert str(quantity.parse("2") - quantity.parse("500m")) == "1500m"
    assert str(quantity.ZERO + quantity.parse("1Gi")) == "1Gi"
    assert str(-quantity.parse("1k")) == "-1k"


def test_comparison_ignores_the_notation():
    assert quantity.parse("1Ki") == quantity.parse("1024")
    assert hash(quantity.parse("1Ki")) == hash(quantity.parse("1024"))
    assert quantity.parse("1Ki") > quantity.parse("1k")
    assert quantity.parse("1") != 1


def test_absurd_numbers_cost_no_time():
    begin = time.process_time()
    assert quantity.parse("9" * 100_000).value == 2**63 - 1
    assert quantity.parse("0." + "0" * 100_000 + "1").nanos == 1
    assert quantity.parse("0." + "3" * 100_000).milli == 334
    assert time.process_time() - begin < 0.5


NUMBER = r"[+-]?[0-9]{1,12}(\.[0-9]{0,12})?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|e-?[0-9]{1,3})?"


@given(st.from_regex(NUMBER, fullmatch=True))
def test_canonical_form_is_stable(text):
    canonical = quantity.canonical(text)
    assert quantity.canonical(canonical) == canonical
    assert quantity.parse(canonical) == quantity.parse(text)


@given(st.text(alphabet="0123456789.eEinumkKMGTP+- \u0663x"))
def test_nothing_but_value_errors(text):
    with contextlib.suppress(ValueError):
        quantity.canonical(text)
