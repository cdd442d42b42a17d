"""The columns of a ComponentStatus."""

import pytest

from kubewheel.api.core.component_status import row


@pytest.mark.parametrize(("conditions", "cells"), [
    ([{"type": "Healthy", "status": "True", "message": "ok"}], ["Healthy", "ok", ""]),
    ([{"type": "Healthy", "status": "False", "error": "gone"}], ["Unhealthy", "", "gone"]),
    ([{"type": "Other", "status": "True"}], ["Unknown", "", ""]), (None, ["Unknown", "", ""]),
])
def test_row(conditions, cells):
    assert row({"metadata": {"name": "etcd-0"}, "conditions": conditions}, 0.0) == ["etcd-0", *cells]
