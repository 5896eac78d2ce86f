#pragma once
// Blocks out of a fuzz input for the targets of HAMT and AMT: the input is cut into blocks at 0xff 0x00 marks.

#include "fuzz.hpp"
#include "ipld/blockstore.hpp"

/// A store in which every link, whatever it says, leads to the next of the input's blocks: hostile nodes below hostile
/// roots, without hashes in the fuzzer's way.
class ChainedBlocks final : public nelumbo::Blockstore {
 public:
  explicit ChainedBlocks(nelumbo::BytesView input) {
    for (size_t begin = 0; begin <= input.size() && blocks_.size() < 16;) {
      size_t end = begin;
      while (end < input.size() && !(input[end] == 0xff && end + 1 < input.size() && input[end + 1] == 0x00)) ++end;
      blocks_.push_back(nelumbo::to_bytes(input.subspan(begin, end - begin)));
      begin = end + 2;
    }
  }
  nelumbo::Result<std::optional<nelumbo::Bytes>> get(const nelumbo::Cid&) override {
    // Bounded, or a node with 256 links to nodes like itself would be walked for ever.
    if (++reads_ > 200) return std::nullopt;
    return blocks_[next_++ % blocks_.size()];
  }
  nelumbo::Result<bool> has(const nelumbo::Cid&) override { return true; }
  nelumbo::Result<> put(const nelumbo::Cid&, nelumbo::BytesView) override { return {}; }
  nelumbo::Result<> put_many(std::span<const nelumbo::Block>) override { return {}; }
  /// The next read gets the first block, the root.
  void rewind() { next_ = reads_ = 0; }

 private:
  std::vector<nelumbo::Bytes> blocks_;
  size_t next_ = 0;
  size_t reads_ = 0;
};
