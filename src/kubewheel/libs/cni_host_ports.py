"""What the portmap plugin leaves in the kernel: chains for host ports that no pod uses any more.

The plugin makes `CNI-HOSTPORT-*` chains once, in the `nat` tables that iptables-nft shares, and never removes them.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.libs import nft

PREFIX = "CNI-HOSTPORT-"
FAMILIES = ("ip", "ip6")
TABLE = "nat"
Item = Mapping[str, Any]


async def remove_unused(kernel: nft.Nft | None = None) -> None:
    """Remove the chains if no pod of anybody has a host port; then what is empty of the tables."""
    process = await asyncio.create_subprocess_exec(
        "nft", "-j", "list", "ruleset", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    listed, _ = await process.communicate()
    if process.returncode:
        return
    items = json.loads(listed)["nftables"]
    transaction = "".join(plan_removal(items, family) for family in FAMILIES)
    if transaction:
        await (kernel or nft.Kernel()).apply(transaction)


def plan_removal(items: Sequence[Item], family: str) -> str:
    """Return the commands that remove what is unused in the nat table of `family`; `items` as `nft -j` lists them."""
    chains = [item["chain"] for item in items if _is_in(item.get("chain"), family)]
    rules = [item["rule"] for item in items if _is_in(item.get("rule"), family)]
    ours = {chain["name"] for chain in chains if chain["name"].startswith(PREFIX)}
    if any(rule["chain"] == f"{PREFIX}DNAT" for rule in rules):
        return ""  # Some pod has a host port.
    jumps = [rule for rule in rules if rule["chain"] not in ours and _target(rule) in ours]
    kept = {rule["chain"] for rule in rules if rule["chain"] not in ours and rule not in jumps}
    has_table = any(_is_table(item.get("table"), family) for item in items)
    name = f"{family} {TABLE}"
    lines = [f"delete rule {name} {rule['chain']} handle {rule['handle']}" for rule in jumps]
    lines += [f"flush chain {name} {chain}" for chain in sorted(ours)]
    lines += [f"delete chain {name} {chain}" for chain in sorted(ours)]
    if has_table and not kept and all(chain["name"] in ours or _is_untouched(chain) for chain in chains):
        lines = [f"delete table {name}"]
    return "".join(f"{line}\n" for line in lines)


def _is_in(part: Item | None, family: str) -> bool:
    return part is not None and part["family"] == family and part["table"] == TABLE


def _is_table(part: Item | None, family: str) -> bool:
    return part is not None and part["family"] == family and part["name"] == TABLE


def _is_untouched(chain: Item) -> bool:
    """Tell whether `chain` is one of those that iptables makes by itself, with its usual policy."""
    return chain["name"] in ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING") and chain.get("policy") == "accept"


def _target(rule: Item) -> str:
    for expression in rule.get("expr") or ():
        if "jump" in expression:
            return str(expression["jump"]["target"])
    return ""
