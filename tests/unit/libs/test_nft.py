"""Transactions between two states of a table."""

import shutil
import subprocess

import pytest

from kubewheel.libs import nft
from kubewheel.libs.nft import Chain, Part


def test_change_table_orders_what_refers_after_what_is_referred_to():
    old = Part(chains={"gone": Chain(("accept",)), "kept": Chain(("jump gone",))}, elements={("m", "1"): "goto gone"})
    new = Part(
        chains={"kept": Chain(("jump fresh",)), "fresh": Chain(("drop",))},
        elements={("m", "1"): "goto fresh"}, sets={"m2": "set NAME { type ipv4_addr; }"},
    )

    lines = nft.change_table("ip", "t", old, new).splitlines()

    assert lines == [
        "add set ip t m2 { type ipv4_addr; }",
        "add chain ip t fresh",
        "flush chain ip t kept",
        "add rule ip t kept jump fresh",
        "add rule ip t fresh drop",
        "delete element ip t m { 1 }",
        "add element ip t m { 1 : goto fresh }",
        "flush chain ip t gone",
        "delete chain ip t gone",
    ]


def test_no_change_is_no_transaction():
    part = Part(chains={"a": Chain(("drop",), "type filter hook input priority 0;")})
    assert nft.change_table("ip", "t", part, part) == ""


@pytest.mark.root
@pytest.mark.skipif(not shutil.which("nft"), reason="nft is not installed")
async def test_kernel_refuses_as_a_whole():
    kernel = nft.Kernel()
    with pytest.raises(nft.Failed, match="no-such"):
        await kernel.apply("add table ip kubewheel-test-nft\nadd rule ip kubewheel-test-nft no-such drop\n")
    listed = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
    assert "kubewheel-test-nft" not in listed
