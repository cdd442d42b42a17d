"""Static tokens."""

import pytest

from kubewheel.apiserver.authn import token_file
from kubewheel.libs.wire import Identity

TEXT = '# comment\nt1,admin,1,"system:masters,dev"\nt2,bob,2\n\n'


def test_parse() -> None:
    assert token_file.parse(TEXT) == {
        "t1": Identity("admin", ("system:masters", "dev"), "1"), "t2": Identity("bob", (), "2"),
    }


@pytest.mark.parametrize("text", ["t1,admin", ",admin,1"])
def test_bad_lines(text: str) -> None:
    with pytest.raises(ValueError, match="token file line 1"):
        token_file.parse(text)
