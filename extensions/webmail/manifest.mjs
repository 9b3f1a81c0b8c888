/** The manifests of both browsers, from one source. */

const NAME = "Inkling: Smart Compose of your own";

/** The manifest for "chromium" or "firefox". */
export function manifestOf(browser, version) {
  const icons = Object.fromEntries([16, 32, 48, 128].map((size) => [size, `icons/icon-${size}.png`]));
  const worker = browser === "firefox" ? { scripts: ["background.js"] } : { service_worker: "background.js" };
  return {
    manifest_version: 3,
    name: NAME,
    short_name: "Inkling",
    version,
    description:
      "Grey suggestions while you write mail, from a server of your own. Off on every site until you switch it on.",
    icons,
    action: { default_popup: "popup.html", default_title: "Inkling", default_icon: icons },
    background: worker,
    options_ui: { page: "options.html", open_in_tab: true },
    permissions: ["activeTab", "scripting", "storage"],
    // Asked for one by one, when the writer switches a site on or names a server.
    optional_host_permissions: ["https://*/*", "http://*/*"],
    content_security_policy: {
      extension_pages:
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src http: https:",
    },
    ...(browser === "firefox"
      ? {
          browser_specific_settings: {
            gecko: {
              id: "webmail@inkling.invalid",
              strict_min_version: "140.0",
              data_collection_permissions: { required: ["personalCommunications"] },
            },
            gecko_android: { strict_min_version: "142.0" },
          },
        }
      : { minimum_chrome_version: "120" }),
  };
}
