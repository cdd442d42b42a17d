"""nftables: a table as data, the difference between two tables as one transaction, and the kernel that takes it.

Source of the language: https://www.netfilter.org/projects/nftables/manpage.html (nft 1.0.6 and newer).
"""

import asyncio
import asyncio.subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain: its rules in order, and the `hook` line if it is a base chain."""

    rules: tuple[str, ...]
    hook: str = ""  # for example "type nat hook prerouting priority dstnat; policy accept;"


@dataclass(slots=True)
class Part:
    """A piece of a table that changes as one.

    `chains` by name. `elements` by (name of map or set, key): the verdict of a map's element, "" for a set's.
    `sets` by name: the declaration of a set or map that lives as long as the part.
    """

    chains: dict[str, Chain] = field(default_factory=dict)
    elements: dict[tuple[str, str], str] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)

    def merge(self, other: "Part") -> None:
        """Add everything of `other`."""
        self.chains.update(other.chains)
        self.elements.update(other.elements)
        self.sets.update(other.sets)


class Failed(Exception):
    """The kernel refused a transaction; nothing of it was applied."""


class Nft(Protocol):
    """Applies transactions."""

    async def apply(self, transaction: str) -> None:
        """Apply the commands in `transaction` all together or not at all; raise Failed."""
        ...


class Kernel:
    """The nftables of the network namespace that this process runs in, through the `nft` program."""

    async def apply(self, transaction: str) -> None:
        process = await asyncio.subprocess.create_subprocess_exec(
            "nft", "-f", "-", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, complaint = await process.communicate(transaction.encode())
        if process.returncode:
            raise Failed(f"nft refused a transaction: {complaint.decode(errors='replace').strip()[:2000]}")


class Fake:
    """Keeps the transactions; for tests of those who make them."""

    def __init__(self) -> None:
        self.transactions: list[str] = []

    async def apply(self, transaction: str) -> None:
        self.transactions.append(transaction)


def replace_table(family: str, table: str, part: Part) -> str:
    """Return the transaction that makes `table` hold just `part`, whatever it held before."""
    name = f"{family} {table}"
    return f"add table {name}\ndelete table {name}\nadd table {name}\n" + change_table(family, table, Part(), part)


def delete_table(family: str, table: str) -> str:
    """Return the transaction that removes `table`, whether it exists or not."""
    return f"add table {family} {table}\ndelete table {family} {table}\n"


def change_table(family: str, table: str, old: Part, new: Part) -> str:
    """Return the transaction that turns `old` into `new` inside `table`; empty when they are equal.

    What is referred to is added before and removed after what refers to it.
    """
    name = f"{family} {table}"
    lines: list[str] = []
    lines += [f"add {new.sets[item].replace(' NAME ', f' {name} {item} ', 1)}" for item in _added(old.sets, new.sets)]
    lines += [
        f"add chain {name} {item}" + (f" {{ {new.chains[item].hook} }}" if new.chains[item].hook else "")
        for item in _added(old.chains, new.chains)
    ]
    for item, chain in new.chains.items():
        if old.chains.get(item) == chain:
            continue
        if item in old.chains:
            lines.append(f"flush chain {name} {item}")
        lines += [f"add rule {name} {item} {rule}" for rule in chain.rules]
    lines += _element_changes(name, old, new)
    gone = [item for item in old.chains if item not in new.chains]
    lines += [f"flush chain {name} {item}" for item in gone]
    lines += [f"delete chain {name} {item}" for item in gone]
    lines += [
        f"delete {old.sets[item].split(' ', 1)[0]} {name} {item}" for item in old.sets if item not in new.sets
    ]
    return "".join(f"{line}\n" for line in lines)


def _added(old: Mapping[str, object], new: Mapping[str, object]) -> Iterable[str]:
    return [item for item in new if item not in old]


def _element_changes(name: str, old: Part, new: Part) -> list[str]:
    lines = [
        f"delete element {name} {holder} {{ {key} }}"
        for (holder, key), value in old.elements.items()
        if new.elements.get((holder, key)) != value
    ]
    for (holder, key), value in new.elements.items():
        if old.elements.get((holder, key)) != value:
            verdict = f" : {value}" if value else ""
            lines.append(f"add element {name} {holder} {{ {key}{verdict} }}")
    return lines
