/** Suggestions in Lexical, without React: grey text beside the editor, where no update or collaborator meets it. */

import { $getSelection, $isRangeSelection, HISTORY_PUSH_TAG, type LexicalEditor } from "lexical";
import { attach } from "../attach.js";
import type { EditorEvents } from "../dom/adapter.js";
import { EditableAdapter } from "../dom/editable.js";
import { watch } from "../dom/watch.js";
import type { Handle } from "../handle.js";
import type { Options } from "../options.js";

class LexicalAdapter extends EditableAdapter {
  private _stop: (() => void) | null = null;
  private _typing = false;

  constructor(
    private _editor: LexicalEditor,
    element: HTMLElement,
    nonce?: string,
  ) {
    super(element, nonce);
  }

  override insert(text: string): boolean {
    let done = false;
    this._typing = true;
    this._editor.update(
      () => {
        const selection = $getSelection();
        if (!$isRangeSelection(selection)) return;
        selection.insertText(text);
        done = true;
      },
      { discrete: true, tag: HISTORY_PUSH_TAG },
    );
    return done;
  }

  protected override watchTyping(events: EditorEvents): void {
    watch(this.element, events, this.listening, false);
    // Lexical prevents the browser's own insertion, so that no input event follows.
    this.listening.on(
      this.element,
      "beforeinput",
      (event) => (this._typing = (event as InputEvent).inputType === "insertText"),
      true,
    );
    this._stop = this._editor.registerUpdateListener(({ dirtyLeaves, dirtyElements, prevEditorState, editorState }) => {
      if (prevEditorState === editorState || (dirtyLeaves.size === 0 && dirtyElements.size === 0)) return;
      const typed = this._typing;
      this._typing = false;
      if (typed) events.typed();
      else events.edited();
    });
  }

  override destroy(): void {
    this._stop?.();
    super.destroy();
  }
}

/** Put suggestions into an editor that has its root element. */
export function inkling(editor: LexicalEditor, options: Options = {}): Handle {
  const element = editor.getRootElement();
  if (element === null) throw new TypeError("inkling: the Lexical editor has no root element yet");
  return attach(new LexicalAdapter(editor, element, options.nonce), options);
}
