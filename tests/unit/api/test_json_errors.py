"""Go's words for texts that are no JSON."""

import json

import pytest

from kubewheel.api import json_errors


@pytest.mark.parametrize(("text", "message"), [
    ("", "unexpected end of JSON input"),
    ("hello", "invalid character 'h' looking for beginning of value"),
    ("{", "unexpected end of JSON input"),
    ('{"a"', "unexpected end of JSON input"),
    ('{"a": ', "unexpected end of JSON input"),
    ('{"a": "b', "unexpected end of JSON input"),
    ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
    ('{"a": 1,}', "invalid character '}' looking for beginning of object key string"),
    ('{"a" 1}', "invalid character '1' after object key"),
    ('{"a": 1 "b": 2}', "invalid character '\"' after object key:value pair"),
    ("[1 2]", "invalid character '2' after array element"),
    ('{"a": [1, {"b": "]"}} ', "invalid character '}' after array element"),
    ("[1,]", "invalid character ']' looking for beginning of value"),
    ("{} x", "invalid character 'x' after top-level value"),
    ('{"a": tru}', "invalid character '}' in literal true (expecting 'e')"),
    ('{"a": nul', "unexpected end of JSON input"),
    ('{"a": "\\x"}', "invalid character 'x' in string escape code"),
    ('{"a": "\\u12x4"}', "invalid character 'x' in \\u hexadecimal character escape"),
    ('{"a": "b\nc"}', "invalid character '\\n' in string literal"),
    ("{'a': 1}", "invalid character '\\'' looking for beginning of object key string"),
])
def test_explain(text, message):
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(text)
    assert json_errors.explain(caught.value) == message
