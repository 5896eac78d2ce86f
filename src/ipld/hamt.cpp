#include "ipld/hamt.hpp"

#include "hamt_node.hpp"

namespace nelumbo {
namespace {

HamtPointer bucket_of(HamtEntry entry) {
  HamtPointer pointer;
  pointer.bucket.push_back(std::move(entry));
  return pointer;
}

/// The canonical form after a removal: a child whose entries fit one bucket becomes that bucket.
Result<> collapse(HamtPointer& pointer) {
  auto& children = pointer.node->pointers;
  if (children.empty()) return fail(ErrorCode::invalid, "HAMT node below the root had one entry only");
  size_t entries = 0;
  for (const auto& child : children) {
    if (!child.is_bucket()) return {};
    entries += child.bucket.size();
  }
  if (entries > kHamtBucketSize) return {};
  std::vector<HamtEntry> merged;
  for (auto& child : children) std::ranges::move(child.bucket, std::back_inserter(merged));
  std::ranges::sort(merged, {}, &HamtEntry::key);
  pointer.node.reset();
  pointer.link = Cid();
  pointer.bucket = std::move(merged);
  return {};
}

}  // namespace

struct Hamt::State {
  using Visitor = std::function<Result<>(BytesView key, BytesView value)>;

  BlockstorePtr store;
  unsigned bit_width;
  HamtForm form;
  HamtNode root;
  Cid root_cid;  ///< of the root as long as it is not dirty

  Result<HamtNode*> child_of(HamtPointer& pointer) {
    if (!pointer.node) {
      auto data = TRY(get_shared_block(*store, pointer.link));
      pointer.node = std::make_unique<HamtNode>(
          TRY_IN("HAMT node " + pointer.link.str(), decode_hamt_node(*data, bit_width, false, form)));
    }
    return pointer.node.get();
  }

  Result<std::optional<Bytes>> get(const HamtNode& top, BytesView key) const {
    HashBits bits(key);
    for (const HamtNode* node = &top;;) {
      unsigned bit = TRY(bits.next(bit_width));
      if (!node->bitmap.test(bit)) return std::nullopt;
      const auto& pointer = node->pointers[node->bitmap.rank(bit)];
      if (pointer.node) {
        node = pointer.node.get();
      } else if (pointer.link) {
        return hamt_get_below(*store, pointer.link, bits, key, bit_width, false);
      } else {
        auto it = std::ranges::find_if(pointer.bucket, [&](const auto& e) { return std::ranges::equal(e.key, key); });
        if (it == pointer.bucket.end()) return std::nullopt;
        return it->value;
      }
    }
  }

  /// True when the tree changed.
  Result<bool> set(HamtNode& node, HashBits bits, HamtEntry entry) {
    unsigned bit = TRY(bits.next(bit_width));
    unsigned place = node.bitmap.rank(bit);
    bool changed = true;
    if (!node.bitmap.test(bit)) {
      node.bitmap.set(bit);
      node.pointers.insert(node.pointers.begin() + place, bucket_of(std::move(entry)));
    } else if (auto& pointer = node.pointers[place]; pointer.is_bucket()) {
      changed = TRY(set_in_bucket(pointer, bits, std::move(entry)));
    } else {
      auto* child = TRY(child_of(pointer));
      changed = TRY(set(*child, bits, std::move(entry)));
    }
    node.dirty |= changed;
    return changed;
  }

  Result<bool> set_in_bucket(HamtPointer& pointer, const HashBits& bits, HamtEntry entry) {
    auto& bucket = pointer.bucket;
    auto it = std::ranges::lower_bound(bucket, entry.key, {}, &HamtEntry::key);
    if (it != bucket.end() && it->key == entry.key) {
      if (it->value == entry.value) return false;
      it->value = std::move(entry.value);
      return true;
    }
    bucket.insert(it, std::move(entry));
    if (bucket.size() <= kHamtBucketSize) return true;
    // One too many: all of them move into a child.
    auto child = std::make_unique<HamtNode>();
    for (auto& each : bucket) {
      auto from_here = HashBits(each.key).at_place_of(bits);
      TRY(set(*child, from_here, std::move(each)));
    }
    bucket.clear();
    pointer.node = std::move(child);
    return true;
  }

  Result<bool> remove(HamtNode& node, HashBits bits, BytesView key) {
    unsigned bit = TRY(bits.next(bit_width));
    if (!node.bitmap.test(bit)) return false;
    unsigned place = node.bitmap.rank(bit);
    auto& pointer = node.pointers[place];
    if (pointer.is_bucket()) {
      auto found = std::erase_if(pointer.bucket, [&](const auto& e) { return std::ranges::equal(e.key, key); });
      if (found == 0) return false;
      if (pointer.bucket.empty()) {
        node.pointers.erase(node.pointers.begin() + place);
        node.bitmap.clear(bit);
      }
    } else {
      auto* child = TRY(child_of(pointer));
      if (!TRY(remove(*child, bits, key))) return false;
      TRY(collapse(pointer));
    }
    node.dirty = true;
    return true;
  }

  Result<> for_each(const HamtNode& node, const Visitor& f, unsigned depth) const {
    for (const auto& pointer : node.pointers) {
      if (pointer.node) {
        TRY(for_each(*pointer.node, f, depth + 1));
      } else if (pointer.link) {
        TRY(hamt_for_each_below(*store, pointer.link, f, bit_width, depth + 1));
      } else {
        for (const auto& entry : pointer.bucket) TRY(f(entry.key, entry.value));
      }
    }
    return {};
  }

  /// Encodes the changed nodes, children first, and drops them from memory.
  Cid collect(HamtNode& node, std::vector<Block>& blocks) const {
    for (auto& pointer : node.pointers) {
      if (!pointer.node) continue;
      if (pointer.node->dirty) pointer.link = collect(*pointer.node, blocks);
      pointer.node.reset();
    }
    auto data = encode_hamt_node(node, form);
    Cid cid = Cid::of(data);
    blocks.push_back({cid, std::move(data)});
    node.dirty = false;
    return cid;
  }
};

Hamt::Hamt(std::unique_ptr<State> state) : state_(std::move(state)) {}
Hamt::Hamt(Hamt&&) noexcept = default;
Hamt& Hamt::operator=(Hamt&&) noexcept = default;
Hamt::~Hamt() = default;

Hamt::Hamt(BlockstorePtr store, unsigned bit_width, HamtForm form) {
  must(check_hamt_bit_width(bit_width));
  state_ = std::make_unique<State>(State{std::move(store), bit_width, form, {}, {}});
}

Result<Hamt> Hamt::load(BlockstorePtr store, const Cid& root, unsigned bit_width) {
  TRY(check_hamt_bit_width(bit_width));
  auto data = TRY_IN("HAMT root", get_shared_block(*store, root));
  HamtForm form = HamtForm::bare;
  auto node = TRY_IN("HAMT root " + root.str(), decode_hamt_node(*data, bit_width, true, form));
  return Hamt(std::make_unique<State>(State{std::move(store), bit_width, form, std::move(node), root}));
}

Result<std::optional<Bytes>> Hamt::get(BytesView key) const { return state_->get(state_->root, key); }

Result<> Hamt::set(BytesView key, BytesView value) {
  if (TRY(state_->set(state_->root, HashBits(key), {to_bytes(key), to_bytes(value)}))) state_->root_cid = Cid();
  return {};
}

Result<bool> Hamt::remove(BytesView key) {
  bool found = TRY(state_->remove(state_->root, HashBits(key), key));
  if (found) state_->root_cid = Cid();
  return found;
}

Result<> Hamt::for_each(const std::function<Result<>(BytesView key, BytesView value)>& f) const {
  return state_->for_each(state_->root, f, 0);
}

Result<Cid> Hamt::flush() {
  if (state_->root_cid) return state_->root_cid;
  std::vector<Block> blocks;
  Cid root = state_->collect(state_->root, blocks);
  TRY(state_->store->put_many(blocks));
  state_->root_cid = root;
  return root;
}

}  // namespace nelumbo
