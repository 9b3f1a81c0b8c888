/** Invented threads to try the page with, and the list that they are picked from. */

const THREADS = [
  { from: "", subject: "", text: "" },
  {
    from: "Mira Lindqvist",
    subject: "Planning the workshop",
    text:
      "Hello,\n\nwe would like to hold the workshop in the second half of the month. Which week suits you, and how many " +
      "people will come? I need to book the room by Thursday.\n\nBest regards,\nMira",
  },
  {
    from: "Tomas Reyes",
    subject: "Lunch on Friday?",
    text: "Are you free for lunch on Friday? I would like to hear how the new project is going. What time would work for you?\n\nTomas",
  },
  {
    from: "Priya Nair",
    subject: "Draft of the quarterly report",
    text:
      "Please find attached the first draft. The figures on page four still need a second look, and the summary is too long. " +
      "Could you send me your comments before the end of the week?\n\nThanks,\nPriya",
  },
  {
    from: "Jonas Weber",
    subject: "Contract for next year",
    text:
      "I have reviewed the contract and have two questions about the schedule of payments. Can we talk about it tomorrow " +
      "morning? Please let me know what time is good for you.\n\nJonas",
  },
];

/**
 * Fill `list` with the threads, each `{ from, subject, text }`, and return the one with this subject, or the first;
 * `open` gets the one that is picked.
 */
export function offerThreads(list, subject, open) {
  let current = THREADS.find((thread) => thread.subject === subject) ?? THREADS[0];
  const buttons = THREADS.map((thread) => {
    const button = document.createElement("button");
    button.type = "button";
    const part = (name, text) => {
      const line = document.createElement("span");
      line.className = name;
      line.textContent = text;
      button.append(line);
    };
    part("from", thread.from || "A blank message");
    part("about", thread.subject || "Nothing known beforehand");
    part("begins", thread.text.replace(/\s+/g, " ").slice(0, 90));
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      if (thread === current) return;
      current = thread;
      open(thread);
    });
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
    return button;
  });
  for (const [index, button] of buttons.entries()) button.setAttribute("aria-pressed", String(THREADS[index] === current));
  return current;
}
