#include "ipld/amt.hpp"

#include "amt_node.hpp"

namespace nelumbo {

struct Amt::State {
  BlockstorePtr store;
  AmtVersion version;
  AmtHead head;
  AmtNode root;
  Cid root_cid;  ///< of the whole as long as nothing changed

  uint64_t span(unsigned height) const { return amt_span(head.bit_width, height); }
  unsigned place(uint64_t index, unsigned height) const { return static_cast<unsigned>(index / span(height)); }

  Result<AmtNode*> child_of(AmtSlot& slot, unsigned child_height) {
    if (!slot.node) {
      auto data = TRY(get_shared_block(*store, slot.link));
      slot.node = std::make_unique<AmtNode>(
          TRY_IN("AMT node " + slot.link.str(),
                 decode_amt_node(CborReader(*data, amt_limits()), head.bit_width, child_height)));
    }
    return slot.node.get();
  }

  Result<std::optional<Bytes>> get(uint64_t index) const {
    if (index >= span(head.height + 1)) return std::nullopt;
    const AmtNode* node = &root;
    for (unsigned height = head.height;; --height) {
      const auto* slot = node->find(place(index, height));
      if (!slot) return std::nullopt;
      if (height == 0) return slot->value;
      index %= span(height);
      if (!slot->node) return amt_get_below(*store, slot->link, index, head.bit_width, height - 1);
      node = slot->node.get();
    }
  }

  /// Puts levels on top until the index is inside.
  void grow(uint64_t index) {
    for (; index >= span(head.height + 1); ++head.height) {
      if (root.slots.empty()) continue;
      AmtSlot below{.at = 0};
      below.node = std::make_unique<AmtNode>(std::move(root));
      below.node->dirty = true;
      root = AmtNode{};
      root.slots.push_back(std::move(below));
    }
  }

  enum class Change { none, replaced, added };

  Result<Change> set(AmtNode& node, unsigned height, uint64_t index, BytesView value) {
    unsigned at = place(index, height);
    Change change = Change::added;
    if (height == 0) {
      if (auto* slot = node.find(at)) {
        if (std::ranges::equal(slot->value, value)) return Change::none;
        change = Change::replaced;
      }
      node.make(at).value = to_bytes(value);
    } else {
      auto& slot = node.make(at);
      if (!slot.node && !slot.link) slot.node = std::make_unique<AmtNode>();
      auto* child = TRY(child_of(slot, height - 1));
      change = TRY(set(*child, height - 1, index % span(height), value));
    }
    if (change != Change::none) node.dirty = true;
    return change;
  }

  Result<bool> remove(AmtNode& node, unsigned height, uint64_t index) {
    unsigned at = place(index, height);
    auto* slot = node.find(at);
    if (!slot) return false;
    if (height > 0) {
      auto* child = TRY(child_of(*slot, height - 1));
      if (!TRY(remove(*child, height - 1, index % span(height)))) return false;
      node.dirty = true;
      if (!child->slots.empty()) return true;
    }
    node.slots.erase(node.slots.begin() + (slot - node.slots.data()));
    node.dirty = true;
    return true;
  }

  /// The canonical form after a removal: as low as the highest index allows.
  Result<> shrink() {
    if (root.slots.empty()) head.height = 0;
    while (head.height > 0 && root.slots.size() == 1 && root.slots[0].at == 0) {
      TRY(child_of(root.slots[0], head.height - 1));
      auto child = std::move(root.slots[0].node);
      root = std::move(*child);
      root.dirty = true;
      --head.height;
    }
    return {};
  }

  Result<> for_each(const AmtNode& node, unsigned height, uint64_t offset, const AmtVisitor& f) const {
    for (const auto& slot : node.slots) {
      uint64_t index = TRY(amt_index(offset, slot.at, head.bit_width, height));
      if (height == 0) {
        TRY(f(index, slot.value));
      } else if (slot.node) {
        TRY(for_each(*slot.node, height - 1, index, f));
      } else {
        TRY(amt_for_each_below(*store, slot.link, index, f, head.bit_width, height - 1));
      }
    }
    return {};
  }

  /// Encodes the changed nodes below, children first, and drops them from memory.
  void collect_children(AmtNode& node, unsigned height, std::vector<Block>& blocks) const {
    for (auto& slot : node.slots) {
      if (!slot.node) continue;
      if (slot.node->dirty) {
        collect_children(*slot.node, height - 1, blocks);
        CborWriter writer;
        encode_amt_node(writer, *slot.node, head.bit_width, height - 1);
        slot.link = Cid::of(writer.out);
        blocks.push_back({slot.link, std::move(writer.out)});
      }
      slot.node.reset();
    }
    node.dirty = false;
  }
};

Amt::Amt(std::unique_ptr<State> state) : state_(std::move(state)) {}
Amt::Amt(Amt&&) noexcept = default;
Amt& Amt::operator=(Amt&&) noexcept = default;
Amt::~Amt() = default;

Amt::Amt(BlockstorePtr store, AmtVersion version, unsigned bit_width) {
  must(check_amt_bit_width(bit_width));
  AmtHead head{.bit_width = version == AmtVersion::v0 ? 3 : bit_width};
  state_ = std::make_unique<State>(State{std::move(store), version, head, {}, {}});
}

Result<Amt> Amt::load(BlockstorePtr store, const Cid& root, AmtVersion version) {
  auto data = TRY_IN("AMT root", get_shared_block(*store, root));
  CborReader reader(*data, amt_limits());
  auto head = TRY_IN("AMT root " + root.str(), read_amt_head(reader, version));
  auto node = TRY_IN("AMT root " + root.str(), decode_amt_node(reader, head.bit_width, head.height));
  return Amt(std::make_unique<State>(State{std::move(store), version, head, std::move(node), root}));
}

uint64_t Amt::count() const { return state_->head.count; }

Result<std::optional<Bytes>> Amt::get(uint64_t index) const {
  if (index > kMaxIndex) return fail(ErrorCode::invalid, "AMT index {} is out of range", index);
  return state_->get(index);
}

Result<> Amt::set(uint64_t index, BytesView value) {
  if (index > kMaxIndex) return fail(ErrorCode::invalid, "AMT index {} is out of range", index);
  state_->grow(index);
  auto change = TRY(state_->set(state_->root, state_->head.height, index, value));
  if (change == State::Change::added) ++state_->head.count;
  if (change != State::Change::none) state_->root_cid = Cid();
  return {};
}

Result<bool> Amt::remove(uint64_t index) {
  if (index > kMaxIndex) return fail(ErrorCode::invalid, "AMT index {} is out of range", index);
  if (index >= state_->span(state_->head.height + 1)) return false;
  if (!TRY(state_->remove(state_->root, state_->head.height, index))) return false;
  TRY(state_->shrink());
  if (state_->head.count > 0) --state_->head.count;
  state_->root_cid = Cid();
  return true;
}

Result<> Amt::for_each(const std::function<Result<>(uint64_t index, BytesView value)>& f) const {
  return state_->for_each(state_->root, state_->head.height, 0, f);
}

Result<Cid> Amt::flush() {
  auto& s = *state_;
  if (s.root_cid) return s.root_cid;
  std::vector<Block> blocks;
  s.collect_children(s.root, s.head.height, blocks);
  CborWriter writer;
  writer.array(s.version == AmtVersion::v0 ? 3 : 4);
  if (s.version == AmtVersion::v3) writer.uint(s.head.bit_width);
  writer.uint(s.head.height);
  writer.uint(s.head.count);
  encode_amt_node(writer, s.root, s.head.bit_width, s.head.height);
  Cid root = Cid::of(writer.out);
  blocks.push_back({root, std::move(writer.out)});
  TRY(s.store->put_many(blocks));
  s.root_cid = root;
  return root;
}

}  // namespace nelumbo
