/** How the boxes look that stand beside grey text, or hold it. */

const BOX = "position:absolute;padding:0 .4em;border:1px solid;border-radius:1em;white-space:pre;text-indent:0;";

/** The mark behind grey text, which says which of how many choices it is. */
export const MARK = `${BOX}margin:0 .6em;font:.7em system-ui`;

/** Grey text that stands below its line, over whatever is there. */
export const BELOW = `${BOX}visibility:visible;background:Canvas;color:color-mix(in srgb,CanvasText 65%,Canvas);transform:translateY(100%)`;
