/** An element beside an editor with a tree of its own, which no style of the page reaches. */

const STYLE = `
.box{position:absolute;width:0;height:0;overflow:hidden;visibility:hidden}
.said{clip-path:inset(50%);position:absolute;white-space:nowrap}
.ghost{visibility:visible;color:var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent));font-style:var(--inkling-font-style,inherit)}
@media (pointer:coarse){.ghost{pointer-events:auto;touch-action:none}}
@media (forced-colors:active){.ghost{color:GrayText}}
@media print{.box{display:none}}
`;

/**
 * Put an element after the editor and return its shadow root. Its style is adopted, which no content security policy
 * forbids; browsers that cannot get a style element with the page's nonce.
 */
export function rootBeside(element: HTMLElement, name: string, nonce?: string): ShadowRoot {
  const page = element.ownerDocument;
  const host = page.createElement(name);
  host.style.cssText = "all:initial!important;position:absolute!important;left:0!important;top:0!important;pointer-events:none!important";
  const root = host.attachShadow({ mode: "open" });
  try {
    // The sheet must come from the root's own window, which may be another frame's.
    const sheet = new (page.defaultView as Window & typeof globalThis).CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = page.createElement("style");
    style.nonce = nonce ?? "";
    style.textContent = STYLE;
    root.append(style);
  }
  element.after(host);
  return root;
}
