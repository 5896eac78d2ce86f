// lotus chain …
#include <algorithm>
#include <ostream>

#include "lookup.hpp"
#include "print.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

Result<> head(Context& context) {
  auto* node = TRY(context.node());
  auto tipset = TRY(node->call(full::ChainHead));
  if (context.json()) {
    print_json(context, full::ChainHead, tipset);
  } else if (context.on("height")) {
    context.print("{}", tipset->height());
  } else {
    for (const auto& cid : tipset->cids()) context.print("{}", cid.str());
  }
  return {};
}

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

/// One tipset by a format with the placeholders of lotus.
std::string format_tipset(std::string format, const TipsetPtr& tipset) {
  std::string blocks = "[ ";
  std::string cids;
  for (size_t i = 0; i < tipset->cids().size(); ++i) {
    blocks += fmt::format("{}: {},", tipset->cids()[i].str(), tipset->blocks()[i].miner.str());
    cids += (i > 0 ? "," : "") + tipset->cids()[i].str();
  }
  blocks += " ]";
  replace_all(format, "<epoch>", std::to_string(tipset->height()));
  replace_all(format, "<height>", std::to_string(tipset->height()));
  replace_all(format, "<time>", stamp(tipset->min_timestamp()));
  replace_all(format, "<tipset>", cids);
  replace_all(format, "<blocks>", blocks);
  replace_all(format, "<weight>", tipset->parent_weight().str());
  if (format.find("<json_tipset>") != std::string::npos)
    replace_all(format, "<json_tipset>", value_json(full::ChainHead, tipset));
  return format;
}

/// One tipset's gas: its blocks' limits and premiums.
Result<> print_gas(Context& context, rpc::Client& node, const TipsetPtr& tipset) {
  context.print("{}: {} blocks (baseFee: {} -> maxFee: {})", tipset->height(), tipset->blocks().size(),
                tipset->parent_base_fee().str(), fil_string(tipset->parent_base_fee() * kBlockGasLimit));
  for (size_t i = 0; i < tipset->cids().size(); ++i) {
    auto messages = TRY(node.call(full::ChainGetBlockMessages, tipset->cids()[i]));
    int64_t limit = 0;
    BigInt premiums = 0;
    auto count = messages.bls_messages.size() + messages.secpk_messages.size();
    auto take = [&](const Message& message) {
      limit += message.gas_limit;
      premiums += message.gas_premium;
    };
    for (const auto& message : messages.bls_messages) take(message);
    for (const auto& message : messages.secpk_messages) take(message.message);
    context.print("\t{}: \t{} msgs, gasLimit: {} / {} ({:.2f}%), avgPremium: {}", tipset->blocks()[i].miner.str(),
                  count, limit, kBlockGasLimit,
                  100.0 * static_cast<double>(limit) / static_cast<double>(kBlockGasLimit),
                  (count > 0 ? BigInt(premiums / count) : BigInt(0)).str());
  }
  return {};
}

Result<> list(Context& context) {
  auto* node = TRY(context.node());
  auto count = TRY(context.number("count"));
  auto tipset = context.given("epoch")
                    ? TRY(node->call(full::ChainGetTipSetByHeight, TRY(context.number("epoch")), TipsetKey()))
                    : TRY(node->call(full::ChainHead));
  std::vector<TipsetPtr> tipsets;
  while (static_cast<int64_t>(tipsets.size()) < count) {
    tipsets.push_back(tipset);
    if (tipset->height() == 0) break;
    if (static_cast<int64_t>(tipsets.size()) < count) tipset = TRY(node->call(full::ChainGetTipSet, tipset->parents()));
  }
  std::reverse(tipsets.begin(), tipsets.end());
  for (const auto& each : tipsets) {
    if (context.on("gas-stats")) {
      TRY(print_gas(context, *node, each));
    } else {
      context.print("{}", format_tipset(context.text("format"), each));
    }
  }
  return {};
}

Result<> get_block(Context& context) {
  auto* node = TRY(context.node());
  auto cid = TRY(cid_argument(context, 0));
  auto block = TRY_IN("get block failed", node->call(full::ChainGetBlock, cid));
  auto json = to_json(block);
  if (!context.on("raw")) {
    auto messages = TRY_IN("failed to get messages", node->call(full::ChainGetBlockMessages, cid));
    json["BlsMessages"] = to_json(messages.bls_messages);
    json["SecpkMessages"] = to_json(messages.secpk_messages);
    std::vector<Receipt> receipts;
    std::vector<Cid> parents;
    if (block.height > 0) {
      receipts = TRY_IN("failed to get receipts", node->call(full::ChainGetParentReceipts, cid));
      for (const auto& each : TRY_IN("failed to get parent messages", node->call(full::ChainGetParentMessages, cid))) {
        parents.push_back(each.cid);
      }
    }
    json["ParentReceipts"] = to_json(receipts);
    json["ParentMessages"] = to_json(parents);
  }
  context.print("{}", json.dump(2));
  return {};
}

Result<> get_message(Context& context) {
  auto cid = TRY(cid_argument(context, 0));
  auto* node = TRY(context.node());
  auto bytes = TRY_IN("failed to read object", node->call(full::ChainReadObj, cid));
  if (auto message = from_cbor<Message>(bytes)) {
    context.print("{}", to_json(*message).dump(2));
    return {};
  }
  auto message = TRY_IN("failed to decode object as a message", from_cbor<SignedMessage>(bytes));
  context.print("{}", to_json(message).dump(2));
  return {};
}

Result<> read_obj(Context& context) {
  auto cid = TRY(cid_argument(context, 0));
  auto* node = TRY(context.node());
  context.print("{}", to_hex(TRY(node->call(full::ChainReadObj, cid))));
  return {};
}

Result<> delete_obj(Context& context) {
  auto cid = TRY(cid_argument(context, 0));
  if (!context.on("really-do-it")) return fail(ErrorCode::invalid, "pass the --really-do-it flag to proceed");
  auto* node = TRY(context.node());
  TRY(node->call(full::ChainDeleteObj, cid));
  context.print("Obj {} deleted", cid.str());
  return {};
}

Result<> stat_obj(Context& context) {
  auto cid = TRY(cid_argument(context, 0));
  Cid base;
  if (context.given("base")) base = TRY_IN("--base", Cid::parse(context.text("base")));
  auto* node = TRY(context.node());
  auto stat = TRY(node->call(full::ChainStatObj, cid, base));
  print_value(context, full::ChainStatObj, stat, [&] {
    context.print("Links: {}", stat.links);
    context.print("Size: {} ({})", byte_size(stat.size), stat.size);
  });
  return {};
}

Result<> gas_price(Context& context) {
  auto* node = TRY(context.node());
  JsonValue all = JsonValue::array();
  for (uint64_t blocks : {1, 2, 3, 5, 10, 20, 50, 100, 300}) {
    auto premium =
        TRY(node->call(full::GasEstimateGasPremium, blocks, Address::from_id(0), int64_t{10000}, TipsetKey()));
    all.push_back({{"Blocks", blocks}, {"Premium", premium.str()}});
    if (!context.json()) context.print("{} blocks: {} ({})", blocks, premium.str(), fil_string(premium));
  }
  if (context.json()) context.print("{}", all.dump(2));
  return {};
}

Result<> set_head(Context& context) {
  auto* node = TRY(context.node());
  TipsetKey key;
  if (context.on("genesis")) {
    key = TRY(node->call(full::ChainGetGenesis))->key();
  } else if (context.given("epoch")) {
    key = TRY(node->call(full::ChainGetTipSetByHeight, TRY(context.number("epoch")), TipsetKey()))->key();
  } else if (!context.args.empty()) {
    for (size_t i = 0; i < context.args.size(); ++i) key.cids.push_back(TRY(cid_argument(context, i)));
  } else {
    return fail(ErrorCode::invalid, "name the new head: the CIDs of its blocks, --epoch or --genesis");
  }
  return node->call(full::ChainSetHead, key);
}

}  // namespace

std::vector<Command> chain_commands() {
  return {
      {"chain head",
       "",
       "Print chain head",
       {toggle("--height", "print just the epoch number of the chain head"),
        toggle("--json", "print the tipset as JSON")},
       0,
       0,
       head},
      {"chain list|love",
       "",
       "View a segment of the chain",
       {number("--epoch,--height", "the tipset to end with (default: the head)"),
        number("--count", "how many tipsets", "30"),
        text("--format", "placeholders: <epoch>, <time>, <blocks>, <weight>, <tipset>, <json_tipset>",
             "<epoch>: (<time>) <blocks>"),
        toggle("--gas-stats", "view gas statistics for the chain")},
       0,
       0,
       list},
      {"chain get-block|getblock",
       "<blockCid>",
       "Get a block and print its details",
       {toggle("--raw", "print just the raw block header")},
       1,
       1,
       get_block},
      {"chain getmessage|get-message|get-msg",
       "<messageCid>",
       "Get and print a message by its cid",
       {},
       1,
       1,
       get_message},
      {"chain read-obj", "<objectCid>", "Read the raw bytes of an object", {}, 1, 1, read_obj},
      {"chain delete-obj",
       "<objectCid>",
       "Delete an object from the chain blockstore",
       {toggle("--really-do-it", "needed to delete it")},
       1,
       1,
       delete_obj},
      {"chain stat-obj",
       "<cid>",
       "Collect size and ipld link counts for objs",
       {text("--base", "ignore links found in this obj"), toggle("--json", "print JSON")},
       1,
       1,
       stat_obj},
      {"chain gas-price", "", "Estimate gas prices", {toggle("--json", "print JSON")}, 0, 0, gas_price},
      {"chain sethead|set-head",
       "[tipsetkey]",
       "manually set the local nodes head tipset (Caution: normally only used for recovery)",
       {toggle("--genesis", "reset head to genesis"), number("--epoch", "reset head to given epoch")},
       0,
       16,
       set_head},
  };
}

}  // namespace nelumbo::cli
