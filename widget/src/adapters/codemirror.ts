/** `extensions: [inkling(options)]` for CodeMirror 6: grey text is a widget decoration. */

import { isolateHistory } from "@codemirror/commands";
import { type Extension, Facet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, WidgetType } from "@codemirror/view";
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

const chosen = Facet.define<Options>();
const show = StateEffect.define<Painted | null>();

const same = (one: Painted | null, other: Painted | null): boolean =>
  one?.text === other?.text && one?.mark === other?.mark && one?.below === other?.below;

class Ghost extends WidgetType {
  constructor(readonly shown: Painted) {
    super();
  }

  override eq(other: Ghost): boolean {
    return same(other.shown, this.shown);
  }

  override toDOM(view: EditorView): HTMLElement {
    return ghostElement(view.dom.ownerDocument, this.shown, view.plugin(served)?.adapter.events);
  }
}

const ghost = StateField.define<Painted | null>({
  create: () => null,
  update: (shown, transaction) => {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return shown;
  },
  provide: (field) =>
    EditorView.decorations.compute([field, "selection"], (state) => {
      const shown = state.field(field);
      if (!shown || !state.selection.main.empty) return Decoration.none;
      return Decoration.set(Decoration.widget({ widget: new Ghost(shown), side: 1 }).range(state.selection.main.head));
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

  render(text: string | null, mark: string | undefined, below: boolean | undefined): void {
    const shown = text ? { text, mark: mark ?? "", below: !!below } : null;
    if (!this.gone && !same(this._view.state.field(ghost), shown)) this._view.dispatch({ effects: show.of(shown) });
  }

  seen(): boolean {
    return isSeen(this.element);
  }

  insert(text: string, replace: number): void {
    const { _view: view } = this;
    const to = view.state.selection.main.head;
    const from = to - replace;
    view.dispatch({
      changes: { from, to, insert: text },
      selection: { anchor: from + text.length },
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
