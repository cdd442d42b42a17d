"""Which admission plugins run, as the command line and a file say it; and that the documentation knows them all."""

import re
from pathlib import Path

import pytest

from kubewheel.apiserver.admission import chain
from kubewheel.launch import admission, settings
from kubewheel.launch.settings import Unfit

DOCUMENT = Path(__file__).parents[3] / "docs" / "commands.md"
LIMITS = """
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: EventRateLimit
  path: limits.yaml
"""


def test_every_plugin_is_documented_in_its_order():
    text = DOCUMENT.read_text().partition("### Admission plugins")[2].partition("####")[0]
    rows = re.findall(r"^\| (`.*?`) \| (on|off) \|", text, re.MULTILINE)
    documented = {name: state for names, state in rows for name in re.findall(r"`(\w+)`", names)}
    found = {each.name: "on" if each.enabled else "off" for each in chain.discover() if not each.is_internal}
    assert documented == found


def test_unknown_plugins_are_refused_with_the_list():
    with pytest.raises(Unfit, match=r"unknown admission plugin 'PodSecurityPolicy'; known are AlwaysAdmit, .*"):
        settings.decide(None, {"enable_admission_plugins": "PodSecurity,PodSecurityPolicy"})
    with pytest.raises(Unfit, match="'PodSecurity' cannot be both enabled and disabled"):
        settings.decide(None, {"enable_admission_plugins": "PodSecurity", "disable_admission_plugins": "PodSecurity"})
    with pytest.raises(Unfit, match="unknown admission plugin 'RBACEscalation'"):
        settings.decide(None, {"disable_admission_plugins": "RBACEscalation"})


def test_choices_are_kept():
    first = settings.decide(None, {"disable_admission_plugins": "PodPreset, Priority"})
    assert settings.words(settings.decide(first, {}).disable_admission_plugins) == ("PodPreset", "Priority")
    assert settings.decide(first, {"disable_admission_plugins": ""}).disable_admission_plugins == ""


def test_a_file_that_names_another_one(tmp_path):
    (tmp_path / "admission.yaml").write_text(LIMITS)
    (tmp_path / "limits.yaml").write_text(
        "apiVersion: eventratelimit.admission.k8s.io/v1alpha1\nkind: Configuration\n"
        "limits: [{type: Namespace, qps: 50, burst: 100}]\n"
    )
    (limit,) = admission.load(str(tmp_path / "admission.yaml")).event_limits
    assert (limit.type, limit.per_second, limit.burst) == ("Namespace", 50.0, 100)
    given = {"enable_admission_plugins": "EventRateLimit"}
    assert settings.decide(None, {**given, "admission_control_config_file": str(tmp_path / "admission.yaml")})
    with pytest.raises(Unfit, match="EventRateLimit needs limits"):
        settings.decide(None, given)


def test_files_that_do_not_work(tmp_path):
    with pytest.raises(Unfit, match="nothing"):
        settings.decide(None, {"admission_control_config_file": str(tmp_path / "nothing")})
    (tmp_path / "broken").write_text("{")
    with pytest.raises(Unfit, match="is no YAML"):
        settings.decide(None, {"admission_control_config_file": str(tmp_path / "broken")})
