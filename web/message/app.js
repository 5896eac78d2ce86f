// The message server's page: asks for what it shows every few seconds, and says how old it is when it cannot.
import { call, duration, element, fil, identifier, short, token } from "./rpc.js";

const EVERY = 4000; // ms between two rounds
const PENDING_SHOWN = 200;
const PAGE = 50;

const $ = (id) => document.getElementById(id);
const cid = (value) => value?.["/"] ?? "";
const query = (more) => ({
  Address: null, OnChain: null, FromNonce: null, ToNonce: null, Kind: "", Limit: PAGE, Offset: 0, ...more,
});

let offset = 0;
let names = [];

function cell(content, kind) {
  return element("td", kind ? { class: kind } : {}, content);
}

function row(first, ...cells) {
  return element("tr", {}, element("th", { scope: "row" }, first), ...cells);
}

function fill(table, rows, nothing) {
  const body = $(table).tBodies[0];
  const columns = $(table).tHead.rows[0].cells.length;
  body.replaceChildren(...(rows.length ? rows : [element("tr", {}, element("td", { colspan: columns, class: "faint" }, nothing))]));
}

function walletState(wallet) {
  if (wallet.Halted) return cell(element("span", { class: "bad" }, `halted: ${wallet.Halted}`), "reason");
  if (wallet.Note) return cell(element("span", { class: "warn" }, wallet.Note), "reason");
  return cell(element("span", { class: "good" }, "sends"));
}

function showWallets(wallets) {
  fill("wallets", wallets.map((each) => row(
    identifier(each.Address), cell(fil(each.Balance), "number"), cell(each.NextNonce, "number"),
    cell(each.ChainNonce, "number"), cell(each.Pending, "number"),
    cell(each.Pending ? duration(each.OldestSeconds) : "", "number"), walletState(each))),
  "There is no wallet yet: lotus-message wallet new or import makes one.");
  const now = wallets.map((each) => each.Address);
  if (now.join() === names.join()) return;
  names = now;
  const select = $("filter").elements.address;
  const chosen = select.value;
  select.replaceChildren(element("option", { value: "" }, "every wallet"), ...names.map((each) => element("option", { value: each }, short(each))));
  select.value = names.includes(chosen) ? chosen : "";
}

const age = (record) => duration((Date.now() - Date.parse(record.Created)) / 1000);
const kindOf = (record) => record.Replaced > 0 ? `${record.Kind} (replaced ${record.Replaced}×)` : record.Kind;

function showPending(records) {
  fill("pending", records.map((each) => row(
    identifier(cid(each.CID)), cell(identifier(each.Message.Message.From)), cell(each.Message.Message.Nonce, "number"),
    cell(kindOf(each)), cell(age(each), "number"), cell(each.Wait || each.Fault || "not said", "reason"))),
  "Nothing waits: every message is on the chain.");
  const more = records.length >= PENDING_SHOWN;
  $("pending-more").hidden = !more;
  if (more) $("pending-more").textContent = `The newest ${PENDING_SHOWN} are shown; the rest stands under Messages, state waiting.`;
}

function showGaps(gaps) {
  fill("gaps", gaps.map((each) => row(
    identifier(each.Address), cell(each.Nonce, "number"), cell(each.Node || "the table itself"),
    cell(each.Reason, "reason"))), "There is no gap.");
}

function showStatus(status) {
  $("summary").textContent = `${status.Network} · ${status.Database} · ${status.Leader ? "confirms" : "another server confirms"}`
    + ` · chain seen to epoch ${status.Height} · ${status.Peers} peers`;
  fill("nodes", (status.Nodes ?? []).map((each) => row(
    each.Name,
    cell(element("span", { class: each.Ok ? "good" : "bad" }, each.Ok ? "answers" : `does not answer: ${each.Error}`), "reason"),
    cell(each.Height, "number"), cell(each.Pushed, "number"), cell(each.Failed, "number"), cell(each.Queued, "number"))),
  "No node is configured: [Nodes] in config.toml names them.");
}

function outcome(record) {
  if (record.Fault) return cell(element("span", { class: "bad" }, record.Fault), "reason");
  if (!record.Epoch) return cell(record.Wait || "waits", "reason");
  if (record.ExitCode === 0) return cell(element("span", { class: "good" }, "done"));
  return cell(element("span", { class: "bad" }, `exit code ${record.ExitCode ?? "unknown"}`));
}

function showHistory(records) {
  fill("history", records.map((each) => {
    const message = each.Message.Message;
    return row(identifier(cid(each.CID)), cell(identifier(message.From)), cell(message.Nonce, "number"),
      cell(kindOf(each)), cell(identifier(message.To)), cell(fil(message.Value), "number"),
      cell(new Date(each.Created).toLocaleString()), cell(each.Epoch || "", "number"),
      cell(each.Epoch ? each.Confidence : "", "number"), outcome(each));
  }), "No message fits.");
  $("newer").disabled = offset === 0;
  $("older").disabled = records.length < PAGE;
  $("page").textContent = records.length ? `${offset + 1} to ${offset + records.length}` : "";
}

function historyQuery() {
  const form = $("filter").elements;
  const number = (text) => (/^[0-9]+$/.test(text) ? Number(text) : null);
  return query({
    Address: form.address.value || null,
    OnChain: form.state.value ? form.state.value === "chain" : null,
    Kind: form.kind.value.trim(),
    FromNonce: number(form.from.value),
    ToNonce: number(form.to.value),
    Offset: offset,
  });
}

/** What is shown where: each part stands or fails alone. `at` is when it was right last. */
const parts = [
  { name: "wallets", ask: () => call("MessageWalletList"), show: showWallets },
  { name: "pending", ask: () => call("MessageList", query({ OnChain: false, Limit: PENDING_SHOWN })), show: showPending },
  { name: "gaps", ask: () => call("MessageGaps", null), show: showGaps },
  { name: "nodes", ask: () => call("MessageStatus"), show: showStatus },
  { name: "history", ask: () => call("MessageList", historyQuery()), show: showHistory },
];

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

function tellAges() {
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

async function refresh() {
  await Promise.all(parts.map(update));
  tellAges();
}

async function showPage(start) {
  offset = Math.max(0, start);
  await update(parts.find((part) => part.name === "history"));
  tellAges();
}

function tellToken() {
  $("token-state").textContent = token.get() ? "in use" : "none: what anybody may read is shown";
}

$("filter").addEventListener("submit", (event) => {
  event.preventDefault();
  showPage(0);
});
$("newer").addEventListener("click", () => showPage(offset - PAGE));
$("older").addEventListener("click", () => showPage(offset + PAGE));
$("token").addEventListener("submit", (event) => {
  event.preventDefault();
  token.set($("token").elements.token.value.trim());
  $("token").reset();
  tellToken();
  refresh();
});
$("forget").addEventListener("click", () => {
  token.set("");
  tellToken();
  refresh();
});
document.addEventListener("visibilitychange", () => document.hidden || refresh());

tellToken();
setInterval(tellAges, 1000);
for (;;) {
  if (!document.hidden) await refresh();
  await new Promise((done) => setTimeout(done, EVERY));
}
