// The API of the server that the page came from, and how its values are shown. Everything that came over the API is
// put on the page as text, never as markup.

const TOKEN = "nelumbo-token";
const LIMIT = 15000; // ms for a call that only reads

/** Where the calls go: the version of the API that has the page's methods. */
export const api = { path: "/rpc/v1" };

/** The token that calls are made with; empty: none. Kept for as long as this tab is open. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN) ?? "",
  set: (text) => (text ? sessionStorage.setItem(TOKEN, text) : sessionStorage.removeItem(TOKEN)),
};

let calls = 0;

/** Calls a method; throws an Error with a sentence for a person. */
export const call = (method, ...params) => callWithin(LIMIT, method, ...params);

/** The same with a time limit of its own, in milliseconds. */
export async function callWithin(limit, method, ...params) {
  const headers = { "Content-Type": "application/json" };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  let answer;
  try {
    answer = await fetch(api.path, {
      method: "POST",
      headers,
      body: JSON.stringify({ jsonrpc: "2.0", id: ++calls, method: `Filecoin.${method}`, params }),
      signal: AbortSignal.timeout(limit),
    });
  } catch (error) {
    const late = error.name === "TimeoutError";
    throw new Error(late ? `no answer within ${limit / 1000} s` : "the server does not answer");
  }
  if (answer.status === 401) throw new Error("the server refuses the token");
  const body = await answer.json().catch(() => null);
  if (body?.error) throw new Error(body.error.message);
  if (!body) throw new Error(`the server answered with HTTP status ${answer.status}`);
  return body.result;
}

/** An element with properties ("class" and attributes with a dash too) and children; texts stay texts. */
export function element(tag, properties = {}, ...children) {
  const out = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) out.setAttribute(name, value);
  out.append(...children.filter((child) => child !== null && child !== undefined));
  return out;
}

/** A long identifier: shortened by its look only, so that it can be copied whole. */
export const identifier = (text) => element("code", { class: "id", title: text }, text);

/** The two ends of a long identifier, for where it is only told from others. */
export const short = (text) => (text.length > 20 ? `${text.slice(0, 10)}…${text.slice(-6)}` : text);

/** attoFIL as FIL, with at most six decimals; what is smaller is said to be. */
export function fil(atto) {
  const value = BigInt(atto || 0);
  const unit = 10n ** 18n;
  const [sign, size] = value < 0n ? ["-", -value] : ["", value];
  const decimals = (size % unit).toString().padStart(18, "0").slice(0, 6).replace(/0+$/, "");
  if (size > 0n && size < 10n ** 12n) return `${sign}< 0.000001 FIL`;
  return `${sign}${size / unit}${decimals ? "." + decimals : ""} FIL`;
}

/** A time in seconds: "45 s", "3 min", "2 h 5 min", "4 d 2 h". */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}
