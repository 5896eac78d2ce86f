// What pages share that watch a server: the cells of their tables, a round of questions every few seconds, how old each
// part is, and the form for the token.
import { duration, element, token } from "./rpc.js";

const EVERY = 4000; // ms between two rounds

export const $ = (id) => document.getElementById(id);
export const cid = (value) => value?.["/"] ?? "";

export function cell(content, kind) {
  return element("td", kind ? { class: kind } : {}, content);
}

export function row(first, ...cells) {
  return element("tr", {}, element("th", { scope: "row" }, first), ...cells);
}

/** The rows of a table, or a sentence where there are none. */
export function fill(table, rows, nothing) {
  const body = $(table).tBodies[0];
  const columns = $(table).tHead.rows[0].cells.length;
  body.replaceChildren(...(rows.length ? rows : [element("tr", {}, element("td", { colspan: columns, class: "faint" }, nothing))]));
}

async function update(part) {
  const turn = (part.turn = (part.turn ?? 0) + 1);
  try {
    const value = await part.ask();
    if (turn !== part.turn) return; // a newer question is on its way
    part.show(value ?? []);
    part.at = Date.now();
    part.error = "";
  } catch (error) {
    if (turn === part.turn) part.error = error.message;
  }
}

function tellAges(parts) {
  for (const part of parts) {
    const line = $(`${part.name}-age`);
    const old = part.at ? duration((Date.now() - part.at) / 1000) : "";
    line.classList.toggle("stale", Boolean(part.error));
    if (part.error) line.textContent = part.at ? `${old} old: ${part.error}` : `not known: ${part.error}`;
    else line.textContent = part.at ? `${old} ago` : "";
  }
  const failed = parts.filter((part) => part.error);
  $("notice").hidden = failed.length < parts.length;
  const text = failed.length ? `Nothing here is current: ${failed[0].error}.` : "";
  if ($("notice").textContent !== text) $("notice").textContent = text;
}

function tellToken() {
  $("token-state").textContent = token.get() ? "in use" : "none: what anybody may read is shown";
}

/**
 * Keeps the parts of a page current for as long as it is open: { name, ask, show } is what a part asks for and how it shows
 * the answer (an empty list for none). Each stands or fails alone; the element NAME-age says how old it is. Gives a
 * function that asks for one part at once, by its name.
 */
export function keepCurrent(parts) {
  const refresh = async () => {
    await Promise.all(parts.map(update));
    tellAges(parts);
  };
  const useToken = (text) => {
    token.set(text);
    tellToken();
    refresh();
  };
  $("token").addEventListener("submit", (event) => {
    event.preventDefault();
    useToken($("token").elements.token.value.trim());
    $("token").reset();
  });
  $("forget").addEventListener("click", () => useToken(""));
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  tellToken();
  setInterval(() => tellAges(parts), 1000);
  (async () => {
    for (;;) {
      if (!document.hidden) await refresh();
      await new Promise((done) => setTimeout(done, EVERY));
    }
  })();
  return async (name) => {
    await update(parts.find((part) => part.name === name));
    tellAges(parts);
  };
}
