"""The pod network's configuration."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kubewheel.libs import cni


def network(directory: Path) -> cni.Network:
    return cni.Network("pods", "kwt-none", "10.9.8.0/24", directory / "leases", mtu=1400)


def test_write_and_read_back(tmp_path: Path) -> None:
    wanted = network(tmp_path)
    assert cni.read(tmp_path) is None
    assert cni.write(tmp_path / "net.d", wanted)
    assert not cni.write(tmp_path / "net.d", wanted)
    assert cni.read(tmp_path / "net.d") == wanted
    assert cni.write(tmp_path / "net.d", replace(wanted, subnet="10.9.9.0/24"))
    document = json.loads((tmp_path / "net.d" / cni.FILE).read_text())
    bridge, portmap = document["plugins"]
    assert (bridge["type"], bridge["ipMasq"], bridge["hairpinMode"]) == ("bridge", False, True)
    assert bridge["ipam"]["routes"] == [{"dst": "0.0.0.0/0"}]
    assert portmap["capabilities"] == {"portMappings": True}


def test_ipv6_gets_its_own_default_route(tmp_path: Path) -> None:
    found = cni.configuration(replace(network(tmp_path), subnet="fd00:1::/64"))
    assert found["plugins"][0]["ipam"]["routes"] == [{"dst": "::/0"}]


async def test_remove_is_repeatable(tmp_path: Path) -> None:
    wanted = network(tmp_path)
    cni.write(tmp_path, wanted)
    wanted.state_dir.mkdir()
    for _ in range(2):
        await cni.remove(tmp_path, wanted)
    assert cni.read(tmp_path) is None
    assert not wanted.state_dir.exists()


def test_missing_plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cni, "PLUGIN_DIRECTORIES", (tmp_path,))
    with pytest.raises(cni.MissingPlugins, match="install the package containernetworking-plugins"):
        cni.plugin_directory()
    for plugin in cni.PLUGINS:
        (tmp_path / plugin).touch()
    assert cni.plugin_directory() == tmp_path
