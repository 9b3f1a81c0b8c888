/** Rich text as data: a list of strings and of `[tag, ...content]`, which holds no styles, links or scripts. */

const KEPT = ["B", "BR", "DIV", "EM", "I", "LI", "OL", "P", "STRONG", "U", "UL"];

/** The content of an element; of a tag that is not kept, what stands in it. */
export function read(element) {
  return [...element.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [node.data];
    const content = read(node);
    return KEPT.includes(node.nodeName) ? [[node.nodeName, ...content]] : content;
  });
}

/** Make this the content of an element. */
export function write(element, markup) {
  element.replaceChildren(
    ...markup.map((part) => {
      if (!Array.isArray(part)) return String(part);
      const [tag, ...content] = part;
      const made = document.createElement(KEPT.includes(tag) ? tag : "div");
      write(made, content);
      return made;
    }),
  );
}

/** Plain text, each line a block. */
export function paragraphs(text) {
  return text.split("\n").map((line) => ["DIV", line === "" ? ["BR"] : line]);
}
