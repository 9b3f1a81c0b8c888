/** TinyMCE 5 over a textarea, as small as it goes. */

import tinymce, { type Editor } from "tinymce";
import "tinymce/icons/default";
import "tinymce/themes/silver";

/** The editor, once it can be written in. */
export function makeTiny(target: HTMLTextAreaElement): Promise<Editor> {
  return new Promise((made) => {
    void tinymce.init({
      target,
      skin: false,
      content_css: false,
      content_style: "body{font:16px/1.5 sans-serif;margin:8px}",
      menubar: false,
      toolbar: false,
      statusbar: false,
      height: 300,
      setup: (editor) => editor.on("init", () => made(editor)),
    });
  });
}
