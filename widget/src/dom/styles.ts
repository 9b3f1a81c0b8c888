/** Style sheets for a shadow root, under any content security policy. */

export const GHOST_STYLE = `
:host{all:initial;position:absolute;left:0;top:0;width:0;height:0;pointer-events:none;z-index:auto}
.box{position:absolute;width:0;height:0;overflow:hidden;visibility:hidden}
.flow{display:block;margin:0;padding:0}
.flow>div{margin:0;padding:0}
.ghost{visibility:visible;color:var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent));
font-style:var(--inkling-font-style,inherit);-webkit-user-select:none;user-select:none}
.ghost[hidden]{display:none}
@media (pointer:coarse){.ghost{pointer-events:auto;cursor:pointer;touch-action:none}}
@media (forced-colors:active){.ghost{color:GrayText}}
@media print{.box{display:none}}
`;

export const ANNOUNCER_STYLE = `
:host{all:initial;position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
`;

/** Give a shadow root its style: adopted where that is possible, else a style element with the page's nonce. */
export function adopt(root: ShadowRoot, css: string, nonce?: string): void {
  const view = root.ownerDocument.defaultView as (Window & typeof globalThis) | null;
  try {
    // The sheet must come from the root's own window, which may be another frame's.
    const sheet = new (view ?? globalThis).CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = root.ownerDocument.createElement("style");
    if (nonce !== undefined) style.nonce = nonce;
    style.textContent = css;
    root.append(style);
  }
}
