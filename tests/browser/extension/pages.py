"""Pages that host their editor as several web mails do."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.browser.scripted import Reply

_HEAD = "<!doctype html><html lang=en><meta charset=utf-8><title>Mail</title>"
_FIELDS = """
<form id=head><input id=search role=searchbox aria-label=Search>
<div id=to contenteditable=true role=combobox aria-label="To recipients"
  style="width: 500px; height: 80px"></div>
<input id=subject name=subjectbox value="Planning">
<textarea id=note aria-label="Search in mail" style="width: 500px; height: 90px"></textarea></form>
"""
_QUOTE = "<blockquote id=quote>Could we talk about the plan?</blockquote>"
_STYLE = "width: 600px; height: 240px; overflow: auto"
_FRAME = 'style="width: 640px; height: 280px"'
_READY = "<script>document.body.dataset.ready = 'true'</script>"
_BEGIN = """<script>
function body() { return document.getElementById("mail") ?? frames[0].document.getElementById("mail"); }
function begin() {
  const line = body().firstElementChild ?? body();
  body().focus();
  if (line.localName !== "textarea") body().ownerDocument.getSelection().collapse(line, 0);
}
function outgoing() { return body().value ?? body().innerHTML; }
</script>"""

_EDITABLE = f"""
<div role=dialog><div id=mail contenteditable=true role=textbox aria-multiline=true aria-label="Message Body"
  style="{_STYLE}"><div><br></div><div class=gmail_quote>On Monday Sam wrote:{_QUOTE}</div></div>
<div id=send role=button tabindex=0 onclick="this.closest('[role=dialog]').remove()">Send</div></div>
"""
_FRAME_BODY = f"<body id=mail contenteditable=true><p><br></p>{_QUOTE}</body>"


@dataclass(frozen=True)
class Host:
    """A page: its address on the test's server, and how its markup keeps what is sent."""

    path: str
    after: str
    """What follows the text that was written."""


HOSTS: Mapping[str, Host] = {
    "editable": Host("/mail/editable", "Could we talk"),
    "frame": Host("/mail/frame", "Could we talk"),
    "source": Host("/mail/source", "Could we talk"),
    "plain": Host("/mail/plain", ""),
    "squire": Host("/playground/bare_squire.html", "Could we talk"),
}

PAGES: Mapping[str, str] = {
    "/mail/editable": f"{_HEAD}<body>{_FIELDS}{_EDITABLE}{_BEGIN}{_READY}",
    "/mail/frame": f"""{_HEAD}<body>{_FIELDS}<iframe id=f title=Message {_FRAME}></iframe>{_BEGIN}<script>
        function writeFrame() {{
          const page = document.getElementById("f").contentDocument;
          page.open();
          page.write(`<!doctype html><html>{_FRAME_BODY}</html>`);
          page.close();
        }}
        writeFrame();
      </script>{_READY}""",
    "/mail/source": f"""{_HEAD}<body>{_FIELDS}<iframe title=Message {_FRAME}
      srcdoc='<!doctype html><html>{_FRAME_BODY}</html>'
      onload="document.body.dataset.ready = 'true'"></iframe>
      {_BEGIN}""",
    "/mail/plain": f"""{_HEAD}<body>{_FIELDS}
      <form><textarea id=mail name=body style="{_STYLE}"></textarea></form>
      {_BEGIN}{_READY}""",
}

WITHOUT_POLICY = {"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"}
"""These pages have scripts of their own within them."""


def replies() -> dict[str, Reply]:
    """The pages for a `ScriptedService`."""
    return {path: Reply(page, headers=WITHOUT_POLICY) for path, page in PAGES.items()}
