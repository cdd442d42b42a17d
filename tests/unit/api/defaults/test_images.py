"""Names of images."""

import pytest

from kubewheel.api.defaults import images


@pytest.mark.parametrize(("image", "tag", "policy"), [
    ("nginx", "latest", "Always"), ("nginx:latest", "latest", "Always"), ("nginx:1.25", "1.25", "IfNotPresent"),
    ("localhost:5000/nginx", "latest", "Always"), ("localhost:5000/a/nginx:2", "2", "IfNotPresent"),
    ("nginx@sha256:0123", "", "IfNotPresent"), ("nginx:latest@sha256:0123", "latest", "Always"),
    ("NGINX", "", "IfNotPresent"), ("Registry.example.com/nginx", "latest", "Always"), ("", "", "IfNotPresent"),
    ("example.com/Nginx", "", "IfNotPresent"),
])
def test_tags_and_policies(image, tag, policy):
    assert (images.tag_of(image), images.pull_policy(image)) == (tag, policy)
