/** Suggestions in ProseMirror as a plugin: grey text is a widget decoration, which no document holds. */

import type { Node } from "prosemirror-model";
import type { Plugin, PluginKey, Transaction } from "prosemirror-state";
import type { Decoration, DecorationSet, EditorView } from "prosemirror-view";
import {
  type Adapter,
  attach,
  type Draft,
  type EditorEvents,
  ghostElement,
  type Handle,
  isSeen,
  Listening,
  type Options,
  type Painted,
  watch,
} from "../index.js";

/** ProseMirror's own classes, wherever they are imported from. */
export interface Parts {
  Plugin: typeof Plugin;
  PluginKey: typeof PluginKey;
  Decoration: typeof Decoration;
  DecorationSet: typeof DecorationSet;
  closeHistory: (transaction: Transaction) => Transaction;
}

/** A plugin with the handle of the view that it serves. */
export type InklingPlugin = Plugin<Painted | null> & { readonly handle: Handle | null };

const lines = (node: Node, from: number, to: number): string =>
  node.textBetween(from, to, "\n", (leaf) =>
    leaf.type.name === "hard_break" || leaf.type.name === "hardBreak" ? "\n" : "\ufffc",
  );

/** Of a decoration: what looks the same has the same. */
const keyOf = (shown?: Painted | null): string => (shown ? `inkling:${shown.below}:${shown.mark}:${shown.text}` : "");

export function makePlugin(parts: Parts, options: Options): InklingPlugin {
  const key = new parts.PluginKey<Painted | null>("inkling");
  const tell: { events: EditorEvents | null; typed: boolean } = { events: null, typed: false };
  let handle: Handle | null = null;
  const plugin = new parts.Plugin<Painted | null>({
    key,
    state: {
      init: () => null,
      apply: (transaction, shown) => {
        const meta = transaction.getMeta(key) as Painted | null | undefined;
        return meta === undefined ? shown : meta;
      },
    },
    props: {
      decorations(state) {
        const shown = key.getState(state);
        if (!shown || !state.selection.empty) return null;
        const widget = parts.Decoration.widget(
          state.selection.head,
          (view) => ghostElement(view.dom.ownerDocument, shown, tell.events),
          {
            side: 1,
            key: keyOf(shown),
            ignoreSelection: true,
          },
        );
        return parts.DecorationSet.create(state.doc, [widget]);
      },
      handleTextInput() {
        tell.typed = true;
        return false;
      },
      handleDOMEvents: {
        keydown(_view, event) {
          tell.typed = false;
          // To the browser the caret stands behind the widget, perhaps lines below: it must be gone before a key or click moves it.
          if (/^(Arrow|Home|End|Page)/.test(event.key) && !event.defaultPrevented) tell.events?.moved(true);
          return false;
        },
        mousedown() {
          tell.events?.moved(true);
          return false;
        },
        compositionend() {
          tell.typed = true;
          return false;
        },
      },
    },
    view(view) {
      handle = attach(new ViewAdapter(view, key, parts, tell), options);
      return {
        update(_view, previous) {
          if (!previous.doc.eq(view.state.doc)) {
            const { typed } = tell;
            tell.typed = false;
            if (typed) tell.events?.typed();
            else tell.events?.edited();
          } else if (!previous.selection.eq(view.state.selection)) tell.events?.moved();
        },
        destroy() {
          handle?.detach();
          handle = null;
        },
      };
    },
  });
  return Object.defineProperty(plugin, "handle", { get: () => handle }) as InklingPlugin;
}

class ViewAdapter implements Adapter {
  readonly element: HTMLElement;
  readonly inline = true;
  private _listening = new Listening();
  private _gone = false;

  constructor(
    private _view: EditorView,
    private _key: PluginKey<Painted | null>,
    private _parts: Parts,
    private _tell: { events: EditorEvents | null; typed: boolean },
  ) {
    this.element = _view.dom;
  }

  read(): Draft | null {
    const { _view: view } = this;
    const { doc, selection } = view.state;
    if (!selection.empty || !view.editable || !view.hasFocus()) return null;
    const { $head } = selection;
    if (!$head.parent.isTextblock) return null;
    return { before: lines(doc, 0, $head.pos), after: lines(doc, $head.pos, $head.end()) };
  }

  render(text: string | null, mark?: string, below?: boolean): void {
    const shown = text ? { text, mark: mark ?? "", below: !!below } : null;
    if (this._gone || keyOf(this._key.getState(this._view.state)) === keyOf(shown)) return;
    this._view.dispatch(this._transaction().setMeta(this._key, shown).setMeta("addToHistory", false));
  }

  seen(): boolean {
    return isSeen(this.element);
  }

  insert(text: string, replace: number): void {
    const { _parts: parts, _view: view } = this;
    const { head } = view.state.selection;
    const changed = this._transaction();
    if (replace) changed.delete(head - replace, head);
    this._tell.typed = true;
    view.dispatch(parts.closeHistory(changed.insertText(text)).scrollIntoView());
    view.dispatch(parts.closeHistory(this._transaction()));
  }

  subscribe(events: EditorEvents): void {
    this._tell.events = events;
    watch(this.element, events, this._listening, false);
  }

  destroy(): void {
    this._tell.events = null;
    this.render(null);
    this._gone = true;
    this._listening.abort();
  }

  private _transaction(): Transaction {
    return this._view.state.tr;
  }
}
