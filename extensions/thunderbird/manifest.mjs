/** The manifest for Thunderbird. */

export function thunderbirdManifest(version) {
  const icons = Object.fromEntries([16, 32, 48, 128].map((size) => [size, `icons/icon-${size}.png`]));
  return {
    manifest_version: 3,
    name: "Inkling: Smart Compose of your own",
    short_name: "Inkling",
    version,
    description:
      "Grey suggestions while you write mail, from a server of your own. Off until you switch it on for an identity.",
    icons,
    background: { scripts: ["background.js"] },
    options_ui: { page: "options.html", open_in_tab: true },
    compose_action: { default_title: "Inkling", default_icon: icons, default_label: "Inkling" },
    // accountsRead: the identities. messagesRead: the message that is answered.
    permissions: ["accountsRead", "compose", "messagesRead", "scripting", "storage"],
    optional_host_permissions: ["https://*/*", "http://*/*"],
    content_security_policy: {
      extension_pages:
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src http: https:",
    },
    browser_specific_settings: {
      gecko: {
        id: "thunderbird@inkling.invalid",
        strict_min_version: "128.0",
        data_collection_permissions: { required: ["personalCommunications"] },
      },
    },
  };
}
