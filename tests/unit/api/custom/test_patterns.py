"""Regular expressions of Go's syntax."""

import pytest

from kubewheel.api.custom import patterns


@pytest.mark.parametrize(("pattern", "text", "expected"), [
    ("^a$", "a", True), ("^a$", "a\n", False), (r"^a\z", "a", True), ("[[:alpha:]]+", "é1", False),
    ("^[[:digit:]_]+$", "1_2", True), (r"^\p{Lu}\pL*$", "Éab", True), (r"\Qa.b\E", "axb", False),
    (r"\Qa.b\E", "a.b", True), ("(?<n>a)b", "ab", True), ("(?P<n>a)b", "ab", True), ("(?i)AB", "ab", True),
    ("a{,2}", "a{,2}", True), ("[a[]", "[", True), ("[]a]", "]", True), (r"[\p{L}]", "x", True), ("a$|b", "a", True),
    (r"^\x{41}$", "A", True), ("[[:^alpha:]]", "1", True), (r"\PL", "1", True), ("a(?i)B", "x", True),
])
def test_match(pattern, text, expected):
    assert (patterns.compiled(pattern).search(text) is not None) is expected


@pytest.mark.parametrize(("pattern", "message"), [
    ("+", "missing argument to repetition operator: `+`"), ("(a", "missing closing ): `(a`"),
    ("[a", "missing closing ]: `[a`"), ("a)", "unexpected ): `a)`"), ("(?=a)",
    "invalid or unsupported Perl syntax: `(?=`"),
    (r"(a)\1", r"invalid escape sequence: `\1`"), ("[b-a]", "invalid character class range: `b-a`"),
    ("a\\", "trailing backslash at end of expression: ``"), ("a{3,2}", "invalid repeat count: `{3,2}`"),
])
def test_refused(pattern, message):
    with pytest.raises(patterns.Unreadable) as error:
        patterns.compiled(pattern)
    assert str(error.value) == f"error parsing regexp: {message}"
