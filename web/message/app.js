// The message server's page: wallets, what waits and why, gaps, nodes, every message.
import { $, cell, cid, fill, keepCurrent, row } from "./live.js";
import { call, duration, element, fil, identifier, short } from "./rpc.js";

const PENDING_SHOWN = 200;
const PAGE = 50;

const query = (more) => ({
  Address: null, OnChain: null, FromNonce: null, ToNonce: null, Kind: "", Limit: PAGE, Offset: 0, ...more,
});

let offset = 0;
let names = [];

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

const ask = keepCurrent([
  { name: "wallets", ask: () => call("MessageWalletList"), show: showWallets },
  { name: "pending", ask: () => call("MessageList", query({ OnChain: false, Limit: PENDING_SHOWN })), show: showPending },
  { name: "gaps", ask: () => call("MessageGaps", null), show: showGaps },
  { name: "nodes", ask: () => call("MessageStatus"), show: showStatus },
  { name: "history", ask: () => call("MessageList", historyQuery()), show: showHistory },
]);

function showPage(start) {
  offset = Math.max(0, start);
  ask("history");
}

$("filter").addEventListener("submit", (event) => {
  event.preventDefault();
  showPage(0);
});
$("newer").addEventListener("click", () => showPage(offset - PAGE));
$("older").addEventListener("click", () => showPage(offset + PAGE));
