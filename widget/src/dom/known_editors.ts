/** Editors with a text model of their own. They lose text that the browser writes, or undo it in another way. */

/** Marks of their elements, their names, and whether an entry of the package, of the same name, serves them. */
const EDITABLES: ReadonlyArray<readonly [marks: string, name: string, served?: boolean]> = [
  [".ProseMirror", "ProseMirror or TipTap", true],
  [".cm-content", "CodeMirror", true],
  ["[data-lexical-editor]", "Lexical", true],
  [".mce-content-body", "TinyMCE", true],
  ["[data-slate-editor]", "Slate", true],
  [".ck-editor__editable", "CKEditor", true],
  ["trix-editor", "Trix", true],
  [".ql-editor", "Quill", true],
  [".cke_editable", "CKEditor 4"],
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
  for (const [marks, name, served] of "selectionStart" in element ? FIELDS : EDITABLES) {
    if (!element.closest(marks)) continue;
    const way = served ? `use inkling-compose/${name.toLowerCase()}` : "it needs an adapter of your own";
    return `inkling: no suggestions in ${name}, which keeps its text itself: ${way}`;
  }
  return undefined;
}
