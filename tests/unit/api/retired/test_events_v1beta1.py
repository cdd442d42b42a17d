"""Events of v1beta1 are judged as those of the core group."""

from kubewheel.api.core import event as core
from kubewheel.api.events.event import KIND
from kubewheel.api.retired import events_v1beta1 as version


def test_rules_of_the_core_group():
    adjusted = version.adjust(KIND)
    assert adjusted.validate is core.KIND.validate
    assert adjusted.selectable is KIND.selectable
