"""Names of images, as far as defaults depend on them."""


def _has_valid_path(name: str) -> bool:
    """Return whether what follows the registry in `name` is lower case, as a repository has to be."""
    first, slash, rest = name.partition("/")
    is_registry = bool(slash) and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    path = rest if is_registry else name
    return path == path.lower()


def tag_of(image: str) -> str:
    """Return the tag of `image`: `latest` if it has neither tag nor digest, empty if it has a digest only."""
    name, _, digest = image.partition("@")
    directory, slash, last = name.rpartition("/")
    repository, _, tag = last.partition(":")
    if not image or not _has_valid_path(f"{directory}{slash}{repository}"):
        return ""
    return tag or ("" if digest else "latest")


def pull_policy(image: str) -> str:
    """Return when to pull `image` if nobody said: images that move with time always."""
    return "Always" if tag_of(image) == "latest" else "IfNotPresent"
