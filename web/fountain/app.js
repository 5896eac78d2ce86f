// The faucet's page: asks for a grant and follows its message onto the chain.
import { call, callWithin, duration, fil } from "./rpc.js";

const EVERY = 3000; // ms between two looks at a grant that is on its way
const SENDING = 120000; // ms that a grant may take: gas is estimated, the message signed and stored

const $ = (id) => document.getElementById(id);
let follow = 0; // which grant is followed: a later one ends the earlier one's turn

function refuse(text) {
  $("refused").hidden = !text;
  $("refused").textContent = text;
}

async function showTerms() {
  try {
    const terms = await call("FountainInfo");
    $("network").textContent = terms.Network;
    $("terms").textContent = `${fil(terms.Amount)} for a wallet every ${duration(terms.IntervalSeconds)}; `
      + `${terms.HourlyLeft} of ${terms.HourlyLimit} grants of this hour are left; the faucet has ${fil(terms.Balance)}`;
  } catch (error) {
    $("terms").textContent = `What the faucet gives is not known now: ${error.message}.`;
  }
}

const words = {
  none: "no grant yet",
  sending: "not sent yet: ask again, it stays one grant",
  waiting: "sent, not on the chain yet",
  "on chain": "on the chain",
  failed: "failed",
};

function show(grant) {
  $("grant").hidden = false;
  $("wallet").textContent = grant.Wallet;
  $("amount").textContent = grant.Granted ? fil(grant.Amount) : "";
  const state = $("state");
  state.className = grant.State === "on chain" ? "good" : grant.State === "failed" ? "bad" : "";
  const text = [words[grant.State] ?? grant.State, grant.Epoch ? `epoch ${grant.Epoch}` : "", grant.Detail].filter(Boolean).join(", ");
  if (state.textContent !== text) state.textContent = text;
  $("cid").textContent = grant.CID?.["/"] ?? "";
  $("granted").textContent = grant.Granted ? new Date(grant.Granted).toLocaleString() : "";
  $("next").textContent = grant.NextSeconds ? `in ${duration(grant.NextSeconds)}` : "now";
}

async function watch(wallet) {
  const mine = ++follow;
  let shown = Date.now();
  while (mine === follow) {
    try {
      const grant = await call("FountainState", wallet);
      if (mine !== follow) return;
      show(grant);
      shown = Date.now();
      $("grant-age").classList.remove("stale");
      $("grant-age").textContent = "";
    } catch (error) {
      $("grant-age").classList.add("stale");
      $("grant-age").textContent = `${duration((Date.now() - shown) / 1000)} old: ${error.message}`;
    }
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

/** What the wallet has already, below the reason why it gets nothing now. */
async function showLast(wallet) {
  try {
    const grant = await call("FountainState", wallet);
    if (grant.State === "none") return;
    show(grant);
    watch(wallet);
  } catch {
    // The reason that is shown already says it.
  }
}

async function ask(method) {
  const form = $("ask");
  const wallet = form.elements.wallet.value.trim();
  if (!form.reportValidity()) return;
  const buttons = form.querySelectorAll("button");
  refuse("");
  buttons.forEach((each) => (each.disabled = true));
  try {
    show(await callWithin(SENDING, method, wallet));
    watch(wallet);
  } catch (error) {
    refuse(error.message);
    showLast(wallet);
  } finally {
    buttons.forEach((each) => (each.disabled = false));
  }
  showTerms();
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask("FountainGrant");
});
$("look").addEventListener("click", () => ask("FountainState"));
showTerms();
