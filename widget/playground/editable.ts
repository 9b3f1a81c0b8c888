import { attach } from "../src/index.js";
import { caretToEnd, offer, options, sheet, undoNatively } from "./page.js";

const root = sheet();
const handle = attach(root, options);
offer({
  handle,
  text: () => root.innerText.replace(/\u00a0/g, " "),
  outgoing: () => root.innerHTML,
  undo: undoNatively,
  start(text) {
    root.replaceChildren(
      ...text.split("\n").map((line) => {
        const block = document.createElement("div");
        block.append(line === "" ? document.createElement("br") : line);
        return block;
      }),
    );
    caretToEnd(root);
  },
});
