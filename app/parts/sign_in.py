"""Sign-in through an OpenID provider, where `.streamlit/secrets.toml` has an `[auth]` section; without one, nothing happens.

Who may come in is said in `[distillery]`: `emails` and `domains` (after the @). With neither, whoever the provider knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from app.parts import words

VERIFIED = frozenset({"true", "1"})  # some providers send words in place of JSON's true and false


def gate() -> None:
    """Lets the page go on for those who may come in; everybody else sees one button, or why not."""
    secrets = _secrets()
    if "auth" not in secrets:
        return
    if not st.user.is_logged_in:
        _ask()
        st.stop()
    if not welcome(st.user.to_dict(), secrets.get("distillery", {})):
        _refuse()
        st.stop()


def welcome(person: Mapping[str, Any], rules: Mapping[str, Any]) -> bool:
    """Whether the rules let this person in. An address counts where the provider calls it verified, or says nothing about that."""
    emails, domains = _lower(rules.get("emails", ())), _lower(rules.get("domains", ()))
    if not emails and not domains:
        return True
    address = str(person.get("email", "")).lower()
    if not address or not _verified(person.get("email_verified")):
        return False
    _, at, domain = address.rpartition("@")
    return address in emails or (bool(at) and domain in domains)


def _verified(said: object) -> bool:
    """None: the provider says nothing."""
    return said is None or str(said).strip().lower() in VERIFIED


def _lower(values: Any) -> set[str]:
    return {str(value).lower() for value in ([values] if isinstance(values, str) else values)}


def _secrets() -> Mapping[str, Any]:
    """The file of secrets; empty where there is none."""
    try:
        return st.secrets.to_dict()
    except StreamlitSecretNotFoundError:
        return {}


def _ask() -> None:
    with st.container(key="sign-in", horizontal_alignment="center", gap="medium"):
        st.header("Distillery", anchor=False, text_alignment="center")
        st.caption("Whoever runs this Distillery asks for a sign-in.", text_alignment="center")
        st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)


def _refuse() -> None:
    with st.container(key="sign-in", horizontal_alignment="center", gap="medium"):
        st.header("Not on the list", anchor=False, text_alignment="center")
        address = words.plain(str(st.user.get("email") or "This account"))
        st.caption(
            f"{address} may not come in here. Ask whoever runs it, or take another account.", text_alignment="center"
        )
        st.button("Sign out", icon=":material/logout:", on_click=st.logout)
