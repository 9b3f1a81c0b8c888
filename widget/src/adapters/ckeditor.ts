/** Suggestions in CKEditor 5, the editor of Nextcloud Mail: grey text over it, insertion through its model. */

import { attach, type Draft, editableAdapter, type Handle, Listening, type Options } from "../index.js";

interface Batch {
  /** Whether the writer typed it, or deleted. */
  readonly isTyping: boolean;
}

interface Position {
  getShiftedBy(offset: number): Position;
}

/** Of the model: only handed on. */
type Range = object;

interface Writer {
  createText(text: string, attributes: Iterable<[string, unknown]>): unknown;
  createRange(start: Position, end?: Position): Range;
  remove(range: Range): void;
}

interface Selection {
  getAttributes(): Iterable<[string, unknown]>;
  getFirstPosition(): Position | null;
}

/** What an editor, its model's document and its view tell. */
interface Emitter {
  on(name: string, run: (event: unknown, batch: Batch) => void, options?: { priority: "lowest" }): unknown;
  off(name: string, run: (event: unknown, batch: Batch) => void): unknown;
}

/** The used part of a CKEditor 5 editor. */
export interface CKEditor5 extends Pick<Emitter, "on"> {
  readonly commands: { get(name: string): { isEnabled: boolean } | undefined };
  readonly editing: {
    view: Emitter & { readonly document: { readonly isComposing: boolean }; getDomRoot(): HTMLElement | undefined };
  };
  readonly model: {
    readonly document: Emitter & { selection: Selection };
    readonly markers: { has(name: string): boolean };
    enqueueChange(batch: Batch, run: (writer: Writer) => void): unknown;
    insertContent(content: unknown): unknown;
  };
}

/** Seven of these stand where CKEditor wants a caret and there is no text. They are not the writer's. */
const FILLER = /\u2060{7}/g;

/** Put suggestions into an editor that is made. They are removed with it. */
export function inkling(editor: CKEditor5, options: Options = {}): Handle {
  const { model } = editor;
  const { view } = editor.editing;
  const element = view.getDomRoot();
  if (!element) throw new TypeError("inkling: the CKEditor has no element yet");
  const listening = new Listening();
  const adapter = editableAdapter(element, options.nonce, false);
  /** Whether what the browser, or a suggestion, writes next is text. */
  let writes = false;
  let changes: "typed" | "edited" | null = null;
  const handle = attach(
    {
      ...adapter,
      read(): Draft | null {
        // The marker stands while a menu of mentions or emoji is open, or looked for.
        if (model.markers.has("mention") || editor.commands.get("insertText")?.isEnabled === false) return null;
        const draft = adapter.read();
        // Its model has no line ends, so a suggestion of several lines is cut.
        return (
          draft && {
            before: draft.before.replace(FILLER, ""),
            after: draft.after.replace(FILLER, ""),
            singleLine: true,
          }
        );
      },
      insert(text, replace) {
        // CKEditor does not have yet what is composed, and would lose it.
        if (view.document.isComposing) return;
        writes = true;
        // A batch of its own is an undo step of its own.
        model.enqueueChange({ isTyping: true }, (writer) => {
          const { selection } = model.document;
          const attributes = [...selection.getAttributes()];
          const caret = selection.getFirstPosition();
          if (replace && caret) writer.remove(writer.createRange(caret.getShiftedBy(-replace), caret));
          if (text) model.insertContent(writer.createText(text, attributes));
        });
      },
      subscribe(events) {
        const changed = (_: unknown, { isTyping }: Batch): void => {
          changes = isTyping && writes ? "typed" : "edited";
        };
        // Only now the page shows what has changed.
        const rendered = (): void => {
          const name = changes;
          changes = null;
          if (name) events[name]();
        };
        adapter.subscribe(events);
        listening.on(
          element,
          "beforeinput",
          ({ inputType }) => {
            writes = /^insert(Comp.*)?Text$/.test(inputType);
          },
          true,
        );
        listening.on(element, "compositionend", ({ data }) => {
          writes = data !== "";
        });
        model.document.on("change:data", changed);
        view.on("render", rendered, { priority: "lowest" });
        listening.signal.onabort = () => {
          model.document.off("change:data", changed);
          view.off("render", rendered);
        };
      },
      destroy() {
        listening.abort();
        adapter.destroy();
      },
    },
    options,
  );
  editor.on("destroy", () => handle.detach());
  return handle;
}
