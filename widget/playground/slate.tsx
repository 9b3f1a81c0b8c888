import { useEffect, useMemo } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { createEditor, type Descendant, Editor, Node, Transforms } from "slate";
import { withHistory } from "slate-history";
import { Editable, ReactEditor, Slate, withReact } from "slate-react";
import { inkling } from "../src/adapters/slate.js";
import { offer, options, place } from "./page.js";

const paragraph = (text: string): Descendant => ({ children: [{ text }] });

const frame = (): Promise<unknown> => new Promise(requestAnimationFrame);

/** An editor with suggestions, as long as it is in the page. */
function Message() {
  const editor = useMemo(() => withHistory(withReact(createEditor())), []);
  useEffect(() => {
    const handle = inkling(editor, ReactEditor.toDOMNode(editor, editor), options);
    offer({
      handle,
      text: () => editor.children.map((line) => Node.string(line)).join("\n"),
      outgoing: () => JSON.stringify(editor.children),
      undo: () => editor.undo(),
      async start(text) {
        Editor.withoutNormalizing(editor, () => {
          while (editor.children.length > 0) Transforms.removeNodes(editor, { at: [0] });
          Transforms.insertNodes(editor, text.split("\n").map(paragraph), { at: [0] });
        });
        Transforms.select(editor, Editor.end(editor, []));
        editor.history = { undos: [], redos: [] };
        // A caret can be only in what React has written into the page.
        flushSync(() => editor.onChange());
        await frame();
        ReactEditor.focus(editor);
        await frame();
      },
    });
    return () => handle.detach();
  }, [editor]);
  return (
    <Slate editor={editor} initialValue={[paragraph("")]}>
      <Editable className="sheet" aria-label="Message" />
    </Slate>
  );
}

createRoot(place).render(<Message />);
