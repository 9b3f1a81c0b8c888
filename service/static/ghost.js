/**
 * Paints grey text behind the caret of a textarea, in an element beside it: the textarea never holds the ghost.
 *
 * The mirror repeats the draft up to the caret, invisibly, and then the ghost. It has the textarea's box and text
 * metrics from one shared style rule, so both break lines at the same places and accepting moves nothing.
 */
export class GhostOverlay {
  #field;
  #flow;
  #before;
  #ghost;

  /** `field` is the textarea, `mirror` an empty element of the same size that lies over it. */
  constructor(field, mirror) {
    this.#field = field;
    this.#flow = document.createElement("div");
    this.#before = document.createTextNode("");
    this.#ghost = document.createElement("span");
    this.#ghost.className = "ghost";
    this.#ghost.append("");
    this.#flow.append(this.#before, this.#ghost);
    mirror.replaceChildren(this.#flow);
    field.addEventListener("scroll", () => this.#follow(), { passive: true });
  }

  /** The element that holds the grey text, for pointer events. */
  get element() {
    return this.#ghost;
  }

  /**
   * Paint `text` after `before`; returns how many UTF-16 units of it found room.
   * Where `after` has text on lower lines, only whole words that do not reach those lines are painted.
   */
  show(before, text, after) {
    this.#extend(before);
    this.#ghost.hidden = false;
    const room = after.trim() === "" ? Infinity : /^\s*/.exec(after)[0].split("\n").length - 1;
    const shown = room === Infinity ? text : text.slice(0, this.#fit(text, room));
    this.#set(shown);
    this.#follow();
    return shown.length;
  }

  hide() {
    this.#ghost.hidden = true;
    this.#set("");
  }

  #set(text) {
    this.#ghost.firstChild.data = text;
  }

  /** Appending to the text node lets the browser lay out what is new, not the whole draft. */
  #extend(before) {
    const old = this.#before.data;
    if (before === old) return;
    if (before.startsWith(old)) this.#before.appendData(before.slice(old.length));
    else this.#before.data = before;
  }

  #follow() {
    this.#flow.style.transform = `translate(${-this.#field.scrollLeft}px, ${-this.#field.scrollTop}px)`;
  }

  /** Length of the longest run of whole words that stays on the caret's line and the `lines` - 1 below it. */
  #fit(text, lines) {
    // A zero-width space stands where the caret's line is before any ghost pulls its last word down.
    this.#set("\u200b");
    const caret = this.#ghost.getBoundingClientRect();
    this.#set(text);
    const bottom = caret.top + lines * Number.parseFloat(getComputedStyle(this.#ghost).lineHeight) - 1;
    const range = document.createRange();
    range.setStart(this.#ghost.firstChild, 0);
    let length = 0;
    for (const word of text.matchAll(/\s*\S+/g)) {
      const end = word.index + word[0].length;
      range.setEnd(this.#ghost.firstChild, end);
      if ([...range.getClientRects()].some((rect) => rect.top >= bottom)) break;
      length = end;
    }
    return length;
  }
}
