#include "types/state_tree.hpp"

#include <gtest/gtest.h>

#include "generators.hpp"

using namespace nelumbo;

namespace {

Actor actor(uint64_t nonce) {
  Actor out;
  out.code = Cid::of(Bytes{1}, multicodec::kRaw);
  out.head = Cid::of(Bytes{2});
  out.nonce = nonce;
  out.balance = BigInt(nonce) * 1000;
  return out;
}

/// Puts an init actor that knows one address into the tree.
void add_init_actor(StateTree& tree, const Address& address, ActorId id) {
  Hamt addresses(tree.store());
  must(addresses.set_as(address.bytes(), id));
  CborWriter state;
  state.array(3);
  state.cid(must(addresses.flush()));
  state.uint(id + 1);
  state.text("test");
  Actor init = actor(0);
  init.head = Cid::of(state.out);
  must(tree.store()->put(init.head, state.out));
  must(tree.set(1, init));
}

TEST(StateTree, HoldsActors) {
  EXPECT_TRUE(rc::check([] {
    auto store = make_memory_blockstore();
    auto tree = must(StateTree::empty(store));
    auto wanted = *rc::gen::container<std::map<ActorId, uint64_t>>(rc::gen::inRange<ActorId>(0, 1u << 20),
                                                                   rc::gen::arbitrary<uint64_t>());
    for (const auto& [id, nonce] : wanted) {
      auto each = actor(nonce);
      if (nonce % 2) each.delegated_address = must(Address::delegated(10, Bytes(20, 7)));
      must(tree.set(id, each));
    }
    auto root = must(tree.flush());
    auto again = must(StateTree::load(store, root));
    RC_ASSERT(again.version() == 5u);
    std::map<ActorId, uint64_t> found;
    must(again.for_each([&](ActorId id, const Actor& each) -> Result<> {
      found[id] = each.nonce;
      return {};
    }));
    RC_ASSERT(found == wanted);
    for (const auto& [id, nonce] : wanted) {
      auto each = must(again.get(id));
      RC_ASSERT(each.has_value());
      RC_ASSERT(each->nonce == nonce);
      RC_ASSERT(each->delegated_address.has_value() == (nonce % 2 == 1));
      RC_ASSERT(must(again.remove(id)));
    }
    RC_ASSERT(must(again.flush()) == must(must(StateTree::empty(store)).flush()));
  }));
}

TEST(StateTree, LooksAddressesUp) {
  auto store = make_memory_blockstore();
  auto tree = must(StateTree::empty(store));
  auto robust = must(Address::parse("f17uoq6tp427uzv7fztkbsnn64iwotfrristwpryy"));
  EXPECT_EQ(tree.lookup_id(robust).error().code, ErrorCode::not_found);  // no init actor
  add_init_actor(tree, robust, 1234);
  must(tree.set(1234, actor(9)));
  EXPECT_EQ(must(tree.lookup_id(robust)), 1234u);
  EXPECT_EQ(must(tree.get(robust))->nonce, 9u);
  auto unknown = Address::actor(as_bytes("nobody"));
  EXPECT_EQ(must(tree.lookup_id(unknown)), std::nullopt);
  EXPECT_EQ(must(tree.get(unknown)), std::nullopt);
  EXPECT_EQ(must(tree.lookup_id(Address::from_id(77))), 77u);
  EXPECT_EQ(must(tree.get(Address::from_id(77))), std::nullopt);
  EXPECT_FALSE(tree.lookup_id(Address()));
  add_init_actor(tree, unknown, 5000);  // a changed init actor is seen
  EXPECT_EQ(must(tree.lookup_id(unknown)), 5000u);
  EXPECT_EQ(must(tree.lookup_id(robust)), std::nullopt);
}

TEST(StateTree, OldVersionsHaveNoDelegatedAddress) {
  auto store = make_memory_blockstore();
  auto newest = must(StateTree::empty(store));
  auto root = must(from_cbor<StateRoot>(must(get_block(*store, must(newest.flush())))));
  for (uint64_t version : {0, 1, 4, 5}) {
    Cid start = version == 0 ? root.actors : must(put_cbor(*store, StateRoot{version, root.actors, root.info}));
    auto tree = must(StateTree::load(store, start));
    EXPECT_EQ(tree.version(), version);
    auto each = actor(3);
    if (version == 5) each.delegated_address = Address::from_id(1);
    must(tree.set(100, each));
    auto flushed = must(tree.flush());
    auto again = must(StateTree::load(store, flushed));
    EXPECT_EQ(again.version(), version);
    EXPECT_EQ(must(again.get(100)), each);
  }
  auto future = must(put_cbor(*store, StateRoot{6, root.actors, root.info}));
  EXPECT_EQ(StateTree::load(store, future).error().code, ErrorCode::unsupported);
  EXPECT_EQ(StateTree::load(store, Cid::of(Bytes{9})).error().code, ErrorCode::not_found);
}

}  // namespace
