"""Admission plugins: which run, and their settings from files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from kubewheel.apiserver import admission_settings
from kubewheel.apiserver.admission import chain
from kubewheel.apiserver.admission_settings import AdmissionSettings


def check(enabled: Sequence[str], disabled: Sequence[str], file: str) -> None:
    """Raise ValueError or OSError for plugins that do not exist, or that cannot run with what `file` says."""
    settings = load(file)
    chain.select(chain.discover(settings), enabled, disabled)
    if "EventRateLimit" in enabled and not settings.event_limits:
        raise ValueError("EventRateLimit needs limits; --admission-control-config-file names the file that has them")


def load(file: str) -> AdmissionSettings:
    """Return the settings in the AdmissionConfiguration `file`; the defaults without one."""
    if not file:
        return AdmissionSettings()
    folder = Path(file).expanduser().absolute().parent

    def find(name: str) -> Path:
        return folder / Path(name).expanduser()

    return admission_settings.load(
        str(Path(file).expanduser()), lambda name: _read(find(name)), lambda name: find(name).read_text()
    )


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is no YAML: {error}") from error
