"""Tokens for controllers."""

from kubewheel.api import errors
from kubewheel.launch.alone.accounts import TOKEN_SECONDS, AccountToken
from kubewheel.libs.clock import SteppedClock


class Client:
    """Gives tokens to accounts that exist, and remembers what it was asked."""

    def __init__(self) -> None:
        self.accounts: set[str] = set()
        self.asked: list[str] = []

    async def create(self, obj):
        self.accounts.add(obj["metadata"]["name"])
        self.asked.append("create")
        return obj

    async def create_subresource(self, kind, name, namespace, subresource, obj):
        assert (kind, namespace, subresource) == ("ServiceAccount", "kube-system", "token")
        self.asked.append("token")
        if name not in self.accounts:
            raise errors.StatusError(404, "NotFound", "")
        return {"status": {"token": f"t{self.asked.count('token')}"}}


async def test_an_account_is_made_when_it_is_missing():
    client = Client()
    token = AccountToken(client, "job-controller", SteppedClock())
    assert await token.header() == {"authorization": "Bearer t2"}
    assert client.asked == ["token", "create", "token"]


async def test_a_token_is_kept_and_renewed_before_it_ends():
    client, clock = Client(), SteppedClock()
    client.accounts.add("job-controller")
    token = AccountToken(client, "job-controller", clock)
    assert await token.header() == await token.header()
    assert client.asked == ["token"]
    clock.advance(TOKEN_SECONDS * 0.9)
    assert await token.header() == {"authorization": "Bearer t2"}
