#pragma once
// Declare once: a struct's one list of fields, from which CBOR and JSON follow.
//
//   struct Ticket {
//     Bytes vrf_proof;
//     static constexpr auto fields = nelumbo::fields(nelumbo::field("VRFProof", &Ticket::vrf_proof));
//     friend bool operator==(const Ticket&, const Ticket&) = default;
//   };
//
// The order is the CBOR order; the name is the JSON key (lotus's spelling).

#include <string_view>
#include <tuple>

namespace nelumbo {

template <class Owner, class T>
struct Field {
  std::string_view name;
  T Owner::* member;
};

template <class Owner, class T>
constexpr Field<Owner, T> field(std::string_view name, T Owner::* member) {
  return {name, member};
}

template <class... F>
constexpr std::tuple<F...> fields(F... f) {
  return {f...};
}

template <class T>
concept HasFields = requires { std::tuple_size_v<std::remove_cvref_t<decltype(T::fields)>>; };

/// How many fields T has.
template <HasFields T>
inline constexpr size_t field_count = std::tuple_size_v<std::remove_cvref_t<decltype(T::fields)>>;

/// Calls f(field) for each field in order.
template <HasFields T, class F>
constexpr void for_each_field(F&& f) {
  std::apply([&](const auto&... each) { (f(each), ...); }, T::fields);
}

}  // namespace nelumbo
