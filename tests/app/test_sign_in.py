"""Who may come in."""

from __future__ import annotations

from typing import Any

import pytest

from app.parts.sign_in import welcome

RULES = {"emails": ["Ada@Example.org"], "domains": "x.org"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, True),
        ({"email_verified": None}, True),
        ({"email_verified": True}, True),
        ({"email_verified": "true"}, True),
        ({"email_verified": "True"}, True),
        ({"email_verified": 1}, True),
        ({"email_verified": False}, False),
        ({"email_verified": "false"}, False),
        ({"email_verified": "False"}, False),
        ({"email_verified": 0}, False),
        ({"email_verified": "0"}, False),
        ({"email_verified": ""}, False),
        ({"email_verified": "no"}, False),
        ({"email_verified": []}, False),
    ],
)
@pytest.mark.parametrize("email", ["a@x.org", "ada@example.org"])
def test_an_address_counts_unless_the_provider_calls_it_unverified(
    email: str, said: dict[str, Any], expected: bool
) -> None:
    assert welcome({"email": email} | said, RULES) is expected


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({"email": "A@X.ORG"}, True),
        ({"email": "a@sub.x.org"}, False),
        ({"email": "a@x.org.evil.com"}, False),
        ({"email": "x.org@evil.com"}, False),
        ({"email": "x.org"}, False),
        ({"email": ""}, False),
        ({}, False),
    ],
)
def test_an_address_is_on_the_list_or_of_a_domain_on_it(person: dict[str, Any], expected: bool) -> None:
    assert welcome(person, RULES) is expected


def test_without_rules_whoever_the_provider_knows_may_come_in() -> None:
    assert welcome({}, {}) and welcome({"email": "a@x.org", "email_verified": False}, {"emails": [], "domains": []})
