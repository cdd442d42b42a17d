"""Names of images."""

import pytest

from kubewheel.kubelet.image_names import default_pull_policy, parse

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(("name", "expected"), [
    ("nginx", "docker.io/library/nginx:latest"), ("nginx:1.25", "docker.io/library/nginx:1.25"),
    ("user/app", "docker.io/user/app:latest"), ("docker.io/nginx:1", "docker.io/library/nginx:1"),
    ("index.docker.io/nginx:1", "docker.io/library/nginx:1"), ("localhost/app:1", "localhost/app:1"),
    ("127.0.0.1:5000/a/b:1", "127.0.0.1:5000/a/b:1"), ("example.com/a/b/c", "example.com/a/b/c:latest"),
    (f"nginx@{DIGEST}", f"docker.io/library/nginx@{DIGEST}"), (f"a.b/c:1@{DIGEST}", f"a.b/c:1@{DIGEST}"),
])
def test_parse(name: str, expected: str) -> None:
    assert str(parse(name)) == expected


@pytest.mark.parametrize(("name", "message"), [
    ("", "invalid reference format"), ("a b", "invalid reference format"), ("nginx:", "invalid reference format"),
    ("nginx:a:b", "invalid reference format"), ("nginx@sha256:12", "invalid reference format"),
    ("Bad/Image", "invalid reference format: repository name (Image) must be lowercase"),
    ("library/Nginx", "invalid reference format: repository name (library/Nginx) must be lowercase"),
    ("a//b", "invalid reference format"), ("-a", "invalid reference format"),
])
def test_invalid(name: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared
        parse(name)
    assert str(caught.value) == message


@pytest.mark.parametrize(("name", "policy"), [
    ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1", "IfNotPresent"), (f"nginx@{DIGEST}", "IfNotPresent"),
    ("localhost:5000/nginx", "Always"),
])
def test_default_pull_policy(name: str, policy: str) -> None:
    assert default_pull_policy(name) == policy
