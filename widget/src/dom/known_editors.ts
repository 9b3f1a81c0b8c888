/** Editors with a text model of their own. They lose text that the browser writes, or undo it in another way. */

/** Marks of their elements, their names, and the entry of the package that serves them. */
const EDITABLES: ReadonlyArray<readonly [marks: string, name: string, entry?: string]> = [
  [".ProseMirror", "ProseMirror", "prosemirror, or inkling-compose/tiptap for TipTap"],
  [".cm-content", "CodeMirror", "codemirror"],
  ["[data-lexical-editor]", "Lexical", "lexical"],
  [".mce-content-body", "TinyMCE", "tinymce"],
  ["[data-slate-editor]", "Slate"],
  [".ck-editor__editable,.cke_editable", "CKEditor"],
  ["trix-editor", "Trix"],
  [".ql-editor", "Quill"],
  [".public-DraftEditor-content", "Draft.js"],
];

/** Editors that take keys in a textarea of their own, which never holds the text. */
const FIELDS: typeof EDITABLES = [
  [".monaco-editor", "Monaco"],
  [".CodeMirror", "CodeMirror 5"],
  [".ace_editor", "Ace"],
];

/** The reason why the browser's own insertion would fail in an element; undefined if it works. */
export function keptElsewhere(element: Element): string | undefined {
  for (const [marks, name, entry] of "selectionStart" in element ? FIELDS : EDITABLES) {
    if (!element.closest(marks)) continue;
    const way = entry ? `use inkling-compose/${entry}` : "it needs an adapter of your own";
    return `inkling: no suggestions in ${name}, which keeps its text itself: ${way}`;
  }
  return undefined;
}
