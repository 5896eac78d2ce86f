// The miner's page: power, deadlines, sectors and what they wait for, messages, storage.
import { $, cell, cid, fill, keepCurrent, row } from "./live.js";
import { api, call, duration, element, fil, identifier } from "./rpc.js";

api.path = "/rpc/v0";

const WAITS_SHOWN = 200;

/** Bytes with a unit, "1.5 GiB"; takes texts of any length. */
function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB"];
  let value = Number(count ?? 0);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toPrecision(4))} ${units[unit]}`;
}

const share = (part, whole) => (Number(whole) > 0 ? `${(100 * Number(part) / Number(whole)).toFixed(4)} %` : "none");
const warnIf = (bad, text, kind = "bad") => (bad ? element("span", { class: kind }, text) : text);

function showPower(all) {
  const mine = all.Power.MinerPower;
  const total = all.Power.TotalPower;
  const live = all.Sectors.Live;
  const lines = [
    ["Quality-adjusted power", `${bytes(mine.QualityAdjPower)} of ${bytes(total.QualityAdjPower)} (${share(mine.QualityAdjPower, total.QualityAdjPower)})`],
    ["Raw power", `${bytes(mine.RawBytePower)} of ${bytes(total.RawBytePower)}`],
    ["Sectors on the chain", `${live}, ${all.Sectors.Active} of them active`],
    ["Faulty", warnIf(all.Sectors.Faulty > 0, String(all.Sectors.Faulty))],
    ["Balance", `${fil(all.Balance)}, ${fil(all.Available)} of it available`],
    ["Worker's balance", warnIf(BigInt(all.WorkerBalance) === 0n, fil(all.WorkerBalance))],
  ];
  $("power").replaceChildren(...lines.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

/** How far an epoch is from now, "in 5 min" or "3 min ago". */
function when(epoch, all) {
  const seconds = (epoch - all.Epoch) * all.EpochSeconds;
  const text = seconds >= 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
  return `${epoch} (${text})`;
}

function deadlineState(each) {
  if (each.Sectors === 0) return cell("nothing to prove", "faint");
  const allFaulty = each.Faulty === each.Sectors && each.Recovering === 0;
  if (allFaulty) return cell(element("span", { class: "bad" }, "every sector is faulty"));
  if (!each.Current) return cell(each.Faulty > each.Recovering ? element("span", { class: "warn" }, "has faults") : "to come");
  if (each.Proven >= each.Partitions) return cell(element("span", { class: "good" }, "proven"));
  return cell(element("span", { class: "warn" }, "open: proof expected"));
}

function showDeadlines(all) {
  const inOrder = [...(all.Deadlines ?? [])].sort((a, b) => a.Open - b.Open);
  fill("deadlines", inOrder.map((each) => row(
    String(each.Index), cell(when(each.Open, all)), cell(when(each.Close, all)), cell(each.Partitions, "number"),
    cell(each.Proven, "number"), cell(each.Sectors, "number"), cell(warnIf(each.Faulty > 0, String(each.Faulty)), "number"),
    cell(each.Recovering, "number"), deadlineState(each))), "No sector is on the chain yet.");
}

function feeReason(message, baseFee) {
  if (BigInt(message.FeeCap) >= BigInt(baseFee)) return "waits for a block";
  return element("span", { class: "warn" }, `the base fee is above what it pays: ${fil(baseFee)} against ${fil(message.FeeCap)} a unit of gas`);
}

function showMessages(all) {
  fill("pending", (all.Pending ?? []).map((each) => row(
    identifier(cid(each.Message)), cell(each.Method), cell(identifier(each.From)), cell(each.Nonce, "number"),
    cell(feeReason(each, all.BaseFee), "reason"))), "Nothing waits.");
  fill("posts", (all.Posts ?? []).map((each) => row(
    identifier(cid(each.Message)), cell(each.Deadline, "number"), cell(each.Open, "number"),
    cell((each.Partitions ?? []).join(", ")), cell(warnIf(each.Skipped > 0, String(each.Skipped)), "number"),
    cell(`${each.Seconds.toFixed(1)} s`, "number"))), "None since the miner was started.");
}

function showStorage(all) {
  const use = (path) => [path.CanSeal ? "sealing" : "", path.CanStore ? "storing" : ""].filter(Boolean).join(", ") || "reading";
  fill("storage", (all.Storage ?? []).map((each) => row(
    each.Path, cell(use(each)), cell(bytes(each.Stat.Capacity), "number"), cell(bytes(each.Stat.Available), "number"),
    cell(bytes(each.Stat.Reserved), "number"), cell(bytes(each.Stat.Used), "number"),
    cell(each.Trouble ? element("span", { class: "bad" }, each.Trouble) : element("span", { class: "good" }, "in use"), "reason"))),
  "No path is attached: lotus-miner storage attach adds one.");
}

function showProving(all) {
  $("summary").textContent = `${all.Miner} · ${all.Network} · epoch ${all.Epoch} · sectors of ${bytes(all.SectorSize)}`;
  showPower(all);
  showDeadlines(all);
  showMessages(all);
  showStorage(all);
}

function showStates(summary) {
  const states = Object.entries(summary).filter(([, count]) => count > 0);
  fill("states", states.map(([state, count]) => row(
    state.includes("Fail") ? element("span", { class: "bad" }, state) : state, cell(count, "number"))),
  "There is no sector yet: lotus-miner sectors pledge makes one.");
}

function showWaits(waits) {
  const waiting = waits.filter((each) => each.State !== "Proving").sort((a, b) => b.OverNormal - a.OverNormal);
  fill("waits", waiting.slice(0, WAITS_SHOWN).map((each) => row(
    String(each.Sector), cell(each.State), cell(duration(each.InState), "number"),
    cell(each.OverNormal > 0 ? element("span", { class: "bad" }, duration(each.OverNormal)) : "", "number"),
    cell(each.Reason, "reason"))), "No sector waits for anything.");
}

keepCurrent([
  { name: "proving", ask: () => call("ProvingOverview"), show: showProving },
  { name: "states", ask: () => call("SectorsSummary"), show: showStates },
  { name: "waits", ask: () => call("SectorsWaits"), show: showWaits },
]);
