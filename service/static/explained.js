/** An explanation as elements. All text of the server becomes text nodes. */

const VERDICTS = {
  first: "shown: saves the most time",
  alternative: "an alternative",
  unlikely: "below the least confidence",
  costs_more: "reading it costs more than it saves",
  shortens: "a shorter form of a better one",
  lengthens: "a longer form of a better one",
  saves_less: "better ones fill the list",
  too_short: "one character saves nothing",
};

const FATES = {
  shown: "leads to what is shown",
  kept: "kept",
  crowded: "dropped: the beam is full of better ones",
  settled: "dropped: nothing after it changes the choice",
};

const REASONS = {
  nothing_likely: "Nothing is likely enough.",
  filtered: "What would be shown may not be suggested, or the word at the caret is private.",
  tail_too_long: "The word at the caret is too long to be one.",
  not_worth_interruption: "Nothing would save more time than reading it takes.",
  other_language: "The sentence is in a language that the model has not read.",
};

const percent = (share) => `${share < 0.0995 ? (100 * share).toFixed(1) : Math.round(100 * share)}%`;

const visible = (text) => (text === null ? "may not be suggested" : text.replaceAll(" ", "·").replaceAll("\n", "⏎"));

/** The elements that show an explanation. */
export function draw(told) {
  return [
    element("p", "why-outcome", outcome(told)),
    ...part("Next tokens, step by step", "The search took the one in bold.", steps(told)),
    ...part("The beam", "How probable each path is. Deeper ones go on from those above.", tree(told.beam)),
    ...part("What was chosen", rule(told), choices(told)),
    ...part("What was read", reading(told), table(told)),
  ];
}

function part(title, note, content) {
  return content === null ? [] : [element("h2", "", title), element("p", "why-note", note), content];
}

function element(name, kind, ...content) {
  const made = document.createElement(name);
  if (kind !== "") made.className = kind;
  made.append(...content);
  return made;
}

function token(text, strong) {
  const made = element(strong ? "strong" : "span", text === null ? "token withheld" : "token", visible(text));
  made.translate = false;
  return made;
}

function bar(share) {
  const filled = element("span", "");
  filled.style.transform = `scaleX(${share})`;
  const frame = element("span", "share", filled);
  frame.ariaHidden = "true";
  return frame;
}

function outcome(told) {
  const first = told.candidates.find(({ verdict }) => verdict === "first");
  if (first === undefined) return `Nothing is suggested here. ${REASONS[told.reason] ?? ""}`;
  return `“${visible(first.text)}” is expected to save ${Math.round(first.saves_ms)} ms, more than any other.`;
}

function rule({ min_confidence, interruption_ms, withheld }) {
  const more = withheld > 0 ? ` ${withheld} more may not be suggested.` : "";
  return `Shown from a confidence of ${percent(min_confidence)} on, if it saves more than the ${Math.round(interruption_ms)} ms of reading it.${more}`;
}

function steps({ steps }) {
  if (steps.length === 0) return null;
  const rows = steps.map(({ text, candidates, ends }) => {
    const after = text === "" ? "Next" : `After “${visible(text)}”`;
    const end = ends === null ? "" : `; the word ends with ${percent(ends)}`;
    const items = candidates.map((one) =>
      element("li", "", token(one.text, one.taken), " ", percent(one.probability), bar(one.probability)),
    );
    return element("li", "", element("p", "", `${after}${end}`), element("ul", "chances", ...items));
  });
  return element("ol", "steps", ...rows);
}

function tree(beam) {
  if (beam.length === 0) return null;
  const lists = new Map();
  const root = element("ul", "tree");
  const ranked = beam.map((node, number) => ({ ...node, number })).sort((one, other) => other.probability - one.probability);
  const items = ranked.map(({ text, probability, fate, number }) => {
    const note = element("small", "", FATES[fate] ?? "");
    const row = element("span", "path", token(text, fate === "shown"), " ", percent(probability), " ", note);
    return [number, element("li", fate, row)];
  });
  const byNumber = new Map(items);
  for (const { parent, number } of ranked) {
    const above = parent === null ? root : (lists.get(parent) ?? element("ul", ""));
    if (parent !== null && !lists.has(parent)) {
      lists.set(parent, above);
      byNumber.get(parent).append(above);
    }
    above.append(byNumber.get(number));
  }
  return root;
}

function choices({ candidates }) {
  if (candidates.length === 0) return null;
  const rows = candidates.map(({ text, confidence, saves_ms, verdict }) => {
    const saved = `${percent(confidence)}, ${saves_ms < 0 ? "−" : "+"}${Math.abs(Math.round(saves_ms))} ms`;
    const strong = verdict === "first" || verdict === "alternative";
    return element("li", "", token(text, strong), " ", saved, " ", element("small", "", VERDICTS[verdict] ?? ""));
  });
  return element("ul", "choices", ...rows);
}

function reading({ gates, gate_note, unlisted, tail }) {
  const before = unlisted > 0 ? `Tokens before these: ${unlisted}. ` : "";
  const rest = tail === "" ? "" : ` “${visible(tail)}” is not read: the search spells it.`;
  const meanings = new Map(gates.map(({ name, meaning }) => [name, meaning]));
  const told = gate_note === null ? [...meanings].map(([name, meaning]) => `${name}: ${meaning}`).join("; ") : gate_note;
  return `${before}${told}.${rest}`;
}

function table({ gates, read }) {
  if (read.length === 0) return null;
  const head = gates.map(({ layer, name }) => scoped("col", `${layer} ${name}`));
  const rows = read.map(({ text, gates: values }) => {
    const cells = values.map((value) => element("td", "", value.toFixed(2), bar(value)));
    const name = scoped("row", token(text, false));
    return element("tr", "", name, ...cells);
  });
  const made = element("table", "gates", element("thead", "", element("tr", "", scoped("col", "token"), ...head)), element("tbody", "", ...rows));
  const frame = element("div", "gates-frame", made);
  frame.tabIndex = 0; // it may be wider than the page, and then arrow keys move it
  frame.role = "region";
  frame.ariaLabel = "Gates of the tokens that were read";
  return frame;
}

function scoped(scope, content) {
  const made = element("th", "", content);
  made.scope = scope;
  return made;
}
