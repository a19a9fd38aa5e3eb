"""Version requirements and platform conditions of manifests."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ferrograph.parser.cfgs import Platform, target_applies
from ferrograph.parser.semver import matches, parse_version

LINUX = Platform(
    names=frozenset(("unix",)),
    values=frozenset(
        (("target_os", "linux"), ("target_arch", "x86_64"), ("target_pointer_width", "64"))
    ),
    triple=("x86_64", "linux"),
)

REQUIREMENTS: Mapping[str, tuple[str, str]] = {
    # requirement: (what fits, what doesn't)
    "1.2.3": ("1.2.3 1.9.0", "1.2.2 2.0.0 1.3.0-rc.1 1.2.3-rc.1"),
    "^0.2.3": ("0.2.3 0.2.9", "0.3.0 0.2.2"),
    "0.0.3": ("0.0.3", "0.0.4 0.0.2"),
    "0.0": ("0.0.0 0.0.9", "0.1.0"),
    "0": ("0.0.1 0.9.9", "1.0.0"),
    "~1.2.3": ("1.2.3 1.2.9", "1.3.0"),
    "~1": ("1.0.0 1.9.9", "2.0.0"),
    "=1.2.3": ("1.2.3", "1.2.4 1.2.3-rc.1"),
    "=1.2": ("1.2.0 1.2.9", "1.3.0"),
    "1.*": ("1.0.0 1.9.9", "2.0.0 0.9.0"),
    "1.2.*": ("1.2.0", "1.3.0"),
    "*": ("0.0.0 9.9.9", "1.0.0-rc.1"),
    ">1.2": ("1.3.0 2.0.0", "1.2.0 1.2.9"),
    ">1.2.3": ("1.2.4", "1.2.3"),
    ">=1.2": ("1.2.0 9.0.0", "1.1.9"),
    "<1.2.3": ("1.2.2", "1.2.3 1.2.3-rc.1"),
    "<=1.2": ("1.2.9", "1.3.0"),
    ">=1.2, <1.5": ("1.2.0 1.4.9", "1.5.0 1.1.0"),
    "1.2.3-rc.2": ("1.2.3-rc.2 1.2.3-rc.10 1.2.3 1.9.0", "1.2.3-rc.1 1.2.4-rc.5 1.2.3-alpha"),
    "=1.2.3-rc.1": ("1.2.3-rc.1", "1.2.3"),
    "nonsense": ("", "1.0.0"),
}


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_requirements(requirement: str) -> None:
    fitting, others = REQUIREMENTS[requirement]
    for text, expected in ((fitting, True), (others, False)):
        for version in text.split():
            parsed = parse_version(version)
            assert parsed is not None
            assert matches(requirement, parsed) is expected, version


def test_versions_in_order() -> None:
    # The example of semver.org, item 11, and build metadata, which doesn't count.
    texts = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11"
    versions = [parse_version(text) for text in f"{texts} 1.0.0-rc.1 1.0.0 1.0.1".split()]
    assert all(version is not None for version in versions)
    assert versions == sorted(versions)  # type: ignore[type-var]
    assert parse_version("1.0.0+a") == parse_version("1.0.0+b")
    assert [parse_version(text) for text in ("1.0", "x", "", "1.0.0.0", "-1.0.0")] == [None] * 5


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("cfg(unix)", True),
        ("cfg(windows)", False),
        ("cfg(not(windows))", True),
        ('cfg(any(windows, target_os = "linux",))', True),
        ('cfg(all(unix, target_os = "macos"))', False),
        ("cfg(all())", True),
        ("cfg(any())", False),
        ("cfg(true)", True),
        ("cfg(tokio_unstable)", False),
        ('cfg(feature = "x")', False),
        ("x86_64-unknown-linux-gnu", True),
        ("x86_64-pc-windows-msvc", False),
        ("aarch64-unknown-linux-gnu", False),
        # What can't be read keeps its dependencies.
        ("cfg(", True),
        ("cfg(weird(unix))", True),
        ("cfg(unix windows)", True),
        ("cfg(" + "not(" * 500 + "unix" + ")" * 501, True),
    ],
)
def test_target_tables(target: str, expected: bool) -> None:
    assert target_applies(target, LINUX) is expected
