/** What of a compose window's text is the writer's own, and when it was opened. */

/**
 * The text without quoted lines ("> ...") and without the line that introduces them: what the writer has not written
 * says nothing about how they go on. `introduction` is that line where the editor shows quotes in another way.
 */
export function withoutQuotes(text: string, introduction = ""): string {
  const lines = text.split("\n");
  const own: string[] = [];
  lines.forEach((line, index) => {
    const introduces = /:\s*$/.test(line) && (/^\s*>/.test(lines[index + 1] ?? "") || line.trim() === introduction);
    if (!/^\s*>/.test(line) && !introduces) own.push(line);
  });
  return own.join("\n").replace(/^\n+/, "");
}

/** Local time with its offset, in ISO 8601: "2026-03-02T09:30:00+01:00". */
export function localTime(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const east = -now.getTimezoneOffset();
  const offset = `${east < 0 ? "-" : "+"}${two(Math.floor(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`;
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${day}T${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}${offset}`;
}
