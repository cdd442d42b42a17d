"""Client configurations and the user's own file."""

import pytest
import yaml

from kubewheel.launch import kubeconfig


def _config(name, current=True):
    return {
        "apiVersion": "v1", "kind": "Config", "current-context": name if current else "",
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}"}}],
        "users": [{"name": f"{name}-admin", "user": {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": f"{name}-admin"}}],
    }


def test_merging_keeps_what_is_there_and_removing_restores_it(tmp_path):
    path = tmp_path / ".kube" / "config"
    kubeconfig.write(path, _config("other"))
    before = kubeconfig.merge(path, _config("kubewheel"))
    merged = yaml.safe_load(path.read_text())
    assert before == "other"
    assert merged["current-context"] == "kubewheel"
    assert [entry["name"] for entry in merged["contexts"]] == ["other", "kubewheel"]
    assert path.stat().st_mode & 0o777 == 0o600

    kubeconfig.remove(path, "kubewheel", "kubewheel-admin", before)
    left = yaml.safe_load(path.read_text())
    assert left["current-context"] == "other"
    assert [entry["name"] for entry in left["users"]] == ["other-admin"]


def test_merging_twice_changes_nothing(tmp_path):
    path = tmp_path / "config"
    kubeconfig.merge(path, _config("kubewheel"))
    first = path.read_bytes()
    assert kubeconfig.merge(path, _config("kubewheel")) == "kubewheel"
    assert path.read_bytes() == first


def test_a_file_that_holds_nothing_else_is_removed(tmp_path):
    path = tmp_path / "config"
    kubeconfig.merge(path, _config("kubewheel"))
    kubeconfig.remove(path, "kubewheel", "kubewheel-admin", "")
    assert not path.exists()


def test_something_else_in_the_file_is_not_overwritten(tmp_path):
    path = tmp_path / "config"
    path.write_text("- a list\n")
    with pytest.raises(ValueError, match="no client configuration"):
        kubeconfig.merge(path, _config("kubewheel"))
    assert path.read_text() == "- a list\n"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({"HOME": "/h"}, "/h/.kube/config", id="home"),
        pytest.param({"HOME": "/h", "KUBECONFIG": "/a/b:/c"}, "/a/b", id="first-listed"),
    ],
)
def test_user_file(environment, expected):
    assert str(kubeconfig.user_file(environment)) == expected
