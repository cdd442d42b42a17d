"""Groups of a review by their old name."""

from kubewheel.api.retired import authorization_v1beta1 as version


def test_groups():
    review = {"spec": {"user": "bob", "group": ["dev"]}}
    version.to_stored(review)
    assert review == {"spec": {"user": "bob", "groups": ["dev"]}}
    version.from_stored(review)
    assert review == {"spec": {"user": "bob", "group": ["dev"]}}
