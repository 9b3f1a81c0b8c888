/** `extensions: [inkling(options)]` for CodeMirror 6: grey text is a widget decoration. */

import { isolateHistory } from "@codemirror/commands";
import { type Extension, Facet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, WidgetType } from "@codemirror/view";
import {
  type Adapter,
  attach,
  type Draft,
  type EditorEvents,
  type Handle,
  isSeen,
  Listening,
  type Options,
  watch,
} from "../index.js";
import { ghostElement } from "./ghost.js";

const chosen = Facet.define<Options>();
const show = StateEffect.define<string | null>();

class Ghost extends WidgetType {
  constructor(readonly text: string) {
    super();
  }

  override eq(other: Ghost): boolean {
    return other.text === this.text;
  }

  override toDOM(view: EditorView): HTMLElement {
    return ghostElement(view.dom.ownerDocument, this.text, view.plugin(served)?.adapter.events);
  }
}

const ghost = StateField.define<string | null>({
  create: () => null,
  update: (text, transaction) => {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return text;
  },
  provide: (field) =>
    EditorView.decorations.compute([field, "selection"], (state) => {
      const text = state.field(field);
      if (!text || !state.selection.main.empty) return Decoration.none;
      return Decoration.set(Decoration.widget({ widget: new Ghost(text), side: 1 }).range(state.selection.main.head));
    }),
});

class ViewAdapter implements Adapter {
  readonly element: HTMLElement;
  readonly inline = true;
  events: EditorEvents | null = null;
  /** While a view drops its plugins it must not be changed, and there is no ghost to remove. */
  gone = false;
  private _listening = new Listening();

  constructor(private _view: EditorView) {
    this.element = _view.contentDOM;
  }

  read(): Draft | null {
    const { state, hasFocus } = this._view;
    const { main, ranges } = state.selection;
    if (!hasFocus || state.readOnly || ranges.length > 1 || !main.empty) return null;
    const end = state.doc.lineAt(main.head).to;
    return {
      before: state.doc.sliceString(0, main.head, "\n"),
      after: state.doc.sliceString(main.head, end),
    };
  }

  render(text: string | null): void {
    if (!this.gone && this._view.state.field(ghost) !== text) this._view.dispatch({ effects: show.of(text) });
  }

  seen(): boolean {
    return isSeen(this.element);
  }

  insert(text: string): void {
    const { _view: view } = this;
    view.dispatch({
      ...view.state.replaceSelection(text),
      userEvent: "input.complete",
      scrollIntoView: true,
      annotations: isolateHistory.of("full"),
    });
  }

  subscribe(events: EditorEvents): void {
    this.events = events;
    watch(this.element, events, this._listening, false);
    // To the browser the caret stands behind the widget: it must be gone before a finger moves it.
    this._listening.on(this.element, "mousedown", () => events.moved(true), true);
    // WebKit composes before the line's text where the widget goes only as the composition begins.
    this._listening.on(this.element, "keydown", ({ keyCode }) => keyCode === 229 && events.moved(true), true);
  }

  destroy(): void {
    this.events = null;
    this._listening.abort();
  }
}

/** An image beside a widget would let the line break within a word that the widget ends. */
const unbroken = EditorView.baseTheme({ ".cm-widgetBuffer:has(+ .inkling-ghost)": { position: "absolute" } });

const served = ViewPlugin.define((view) => {
  const adapter = new ViewAdapter(view);
  const handle = attach(adapter, view.state.facet(chosen)[0] ?? {});
  return {
    adapter,
    handle,
    destroy() {
      adapter.gone = true;
      handle.detach();
    },
  };
});

export function inkling(options: Options = {}): Extension {
  return [
    chosen.of(options),
    ghost,
    unbroken,
    served,
    // After the update is done: a view must not be changed from within one.
    EditorView.updateListener.of((update) => {
      const events = update.view.plugin(served)?.adapter.events;
      if (update.docChanged) {
        const typed = update.transactions.some(
          (one) => one.isUserEvent("input.type") || one.isUserEvent("input.complete"),
        );
        if (typed) events?.typed();
        else events?.edited();
      } else if (update.selectionSet) events?.moved();
    }),
  ];
}

/** The handle of a view that has suggestions. */
export function handleOf(view: EditorView): Handle | null {
  return view.plugin(served)?.handle ?? null;
}
