/** The one sign of the plugin, beside the button that sends: whether suggestions are on, off or away. A click switches them. */

export class State {
  /** Whether the writer wants suggestions in this window. */
  on = true;
  /** Called when that changes. */
  changed: (on: boolean) => void = () => undefined;
  private readonly button: HTMLButtonElement;
  private away = false;

  constructor(
    field: HTMLElement,
    private readonly labels: Record<string, string>,
  ) {
    this.button = document.createElement("button");
    this.button.type = "button"; // it must not send the form
    this.button.id = "inkling-state";
    this.button.title = labels.hint ?? "";
    Object.assign(this.button.style, {
      alignSelf: "flex-end",
      border: "0",
      background: "none",
      color: "inherit",
      font: "inherit",
      fontSize: "small",
      opacity: "0.75",
      padding: "0.25em 0.5em",
    });
    this.button.addEventListener("click", () => {
      this.on = !this.on;
      this.show();
      this.changed(this.on);
    });
    this.show();
    const buttons = document.querySelector(".formbuttons");
    if (buttons) buttons.append(this.button);
    else (field.closest("#composebodycontainer") ?? field).after(this.button);
  }

  /** Tell whether the service is away. */
  tell(away: boolean): void {
    this.away = away;
    this.show();
  }

  private show(): void {
    this.button.setAttribute("aria-pressed", String(this.on));
    this.button.textContent = this.labels[!this.on ? "off" : this.away ? "away" : "on"] ?? "";
  }
}
