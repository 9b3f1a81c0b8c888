/** Suggestions in Roundcube's compose window: its text field, and each TinyMCE that is made over it. */

import { inkling, type TinyMCEEditor } from "../../widget/src/adapters/tinymce.js";
import { connect } from "../../widget/src/client.js";
import { attach, type Handle, type Options } from "../../widget/src/index.js";
import { localTime, withoutQuotes } from "../shared/draft.js";
import { State } from "./state.js";

interface Environment {
  request_token: string;
  inkling?: { eagerness: "calm" | "balanced" | "eager"; previous: string | null; labels: Record<string, string> };
}

interface Roundcube {
  env: Environment;
  url(action: string): string;
  addEventListener(name: string, run: (event: never) => void): void;
}

declare const rcmail: Roundcube;

const valueOf = (id: string): string => (document.getElementById(id) as HTMLInputElement | null)?.value ?? "";

/** The name of the first recipient: "Ada Brook <ada@example.org>, ..." gives "Ada Brook". */
function recipient(): string | undefined {
  const name = /^\s*"?([^"<@,;]+?)"?\s*</.exec(valueOf("_to"))?.[1];
  return name?.slice(0, 256);
}

/** Whether the caret stands in a quote of the HTML editor. */
function inQuote(): boolean {
  const page = document.querySelector<HTMLIFrameElement>("#composebody_ifr")?.contentDocument;
  const node = page?.getSelection()?.anchorNode ?? null;
  return (node?.nodeType === 1 ? (node as Element) : node?.parentElement)?.closest("blockquote") != null;
}

function start(): void {
  const given = rcmail.env.inkling;
  const field = document.getElementById("composebody") as HTMLTextAreaElement | null;
  if (!given || !field) return;
  const state = new State(field, given.labels);
  const opened = localTime(new Date());
  const service = connect(
    {
      // The path is added: .../?_task=mail&_action=plugin.inkling&_path=/v1/suggestions
      endpoint: `${rcmail.url("plugin.inkling")}&_path=`,
      headers: () => ({ "X-Roundcube-Request": rcmail.env.request_token }),
      eagerness: given.eagerness,
    },
    window,
  );
  /** The line above the quote in the HTML editor. */
  let introduction = "";
  const options: Options = {
    complete: ({ prefix, ...rest }, signal) =>
      service.complete({ prefix: withoutQuotes(prefix, introduction), ...rest }, signal),
    context: () => {
      const name = recipient();
      return {
        subject: valueOf("compose-subject").slice(0, 998),
        sent_at: opened,
        ...(name === undefined ? {} : { recipient_name: name }),
        ...(given.previous === null ? {} : { previous_message: given.previous }),
      };
    },
    // What another person wrote is theirs: nothing is suggested in it.
    when: ({ before }) => !/(^|\n)\s*>[^\n]*$/.test(before) && !inQuote(),
    announce: (text) => (given.labels.heard ?? "$text").replace("$text", () => text),
  };
  let handle: Handle | null = null;
  const use = (next: Handle): void => {
    handle = next;
    handle.enabled = state.on;
    handle.on("trouble", (trouble) => state.tell(trouble !== null));
    handle.on("outcome", (outcome) => service.tell(outcome));
  };
  const usePlain = (): void => {
    handle?.detach();
    use(attach(field, options));
  };
  state.changed = (on) => {
    if (handle) handle.enabled = on;
  };
  rcmail.addEventListener("editor-load", ({ ref }: { ref: { editor: TinyMCEEditor | null } }) => {
    const { editor } = ref;
    if (!editor) return;
    handle?.detach();
    introduction = editor.getBody().querySelector("#reply-intro")?.textContent?.trim() ?? "";
    use(inkling(editor, options));
    editor.on("remove", usePlain);
  });
  if (field.offsetParent !== null && !field.classList.contains("mce_editor")) usePlain();
}

rcmail.addEventListener("init", start);
