"""Components whose script and style sheet travel once: Streamlit sends what a component is made of with every update, so all
that it gets here is a line that fetches the rest from this server."""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent
STATIC = HERE.parent / "static"

LOADER = """
const load = (url) => (window.__distilleryCode ??= {})[url] ??= import(new URL(url, location.origin).href)
function wear(url) {
  if (!url || document.querySelector(`link[data-piece="${url}"]`)) return
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: url })
  link.dataset.piece = url
  document.head.append(link)
}
export default function (given) {
  const [data] = given.data // see lean.plain
  let gone = false, undo
  wear(data.style)
  load(data.code).then((code) => { if (!gone) undo = code.default({ ...given, data }) }).catch(() => {
    delete window.__distilleryCode[data.code]
    const fault = given.parentElement.querySelector(".fault")
    if (fault) fault.hidden = false
  })
  return () => { gone = true; undo?.() }
}
"""


def plain(data: dict[str, Any]) -> list[dict[str, Any]]:
    """What a component is given, JSON and nothing else. In a dict Streamlit looks for tables, for which it imports pandas and pyarrow: 85 MB
    of the web process."""
    return [data]


def script(stem: str, *before: str) -> str:
    """The text of `<stem>.js`, with what all components share, and what `before` names, before it."""
    return "\n".join((HERE / f"{name}.js").read_text(encoding="utf-8") for name in ("shared", *before, stem))


@st.cache_resource(show_spinner=False)
def pieces(stem: str, *before: str, preface: str = "") -> dict[str, str]:
    """Where the browser gets `<stem>.js` and `<stem>.css` from, each after those of the same kind that `before` names, and the
    script after `preface`: {"code", "style"}."""
    sheets = [HERE / f"{name}.css" for name in (*before, stem)]
    style = "".join(sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.exists())
    code = preface + script(stem, *before)
    return {"code": served(f"{stem}.js", code.encode()), "style": served(f"{stem}.css", style.encode())}


def served(name: str, content: bytes) -> str:
    """The address of a file with this content, put into the folder of static files unless it is there."""
    target = STATIC / name
    if not target.exists() or target.read_bytes() != content:
        write_whole(content, target)
    return _address(name, hashlib.blake2b(content, digest_size=6).hexdigest())


def copied(source: Path) -> str:
    """The address of a large file, copied into the folder of static files unless it is there. It is never held in memory whole."""
    target = STATIC / source.name
    if not target.exists() or not filecmp.cmp(source, target, shallow=False):
        STATIC.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=STATIC) as folder:
            half = Path(folder) / source.name
            shutil.copyfile(source, half)
            half.chmod(0o644)
            half.replace(target)
    with source.open("rb") as file:
        return _address(source.name, hashlib.file_digest(file, _digest).hexdigest())


def _digest() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=6)


def _address(name: str, version: str) -> str:
    return f"{base()}/app/static/{name}?v={version}"


def base() -> str:
    """What comes before every address of this server: '' or '/somewhere'."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def write_whole(content: bytes, target: Path) -> None:
    """`target` appears only once it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(target)
