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
#include <type_traits>
#include <utility>

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

namespace detail {
template <size_t I, class F>
struct FieldAt {
  F value;
};
}  // namespace detail

/// A list of fields. Not a std::tuple: its constructors' constraints cost the compiler half of what an API type costs it.
template <class Places, class... F>
struct FieldList;
template <size_t... I, class... F>
struct FieldList<std::index_sequence<I...>, F...> : detail::FieldAt<I, F>... {
  static constexpr size_t size = sizeof...(F);
  template <class Visit>
  constexpr void for_each(Visit& visit) const {
    (visit(static_cast<const detail::FieldAt<I, F>&>(*this).value), ...);
  }
};

template <class... F>
constexpr FieldList<std::index_sequence_for<F...>, F...> fields(F... f) {
  return {{f}...};
}

template <class T>
concept HasFields = requires { std::remove_cvref_t<decltype(T::fields)>::size; };

/// How many fields T has.
template <HasFields T>
inline constexpr size_t field_count = std::remove_cvref_t<decltype(T::fields)>::size;

/// Calls f(field) for each field in order.
template <HasFields T, class F>
constexpr void for_each_field(F&& f) {
  T::fields.for_each(f);
}

}  // namespace nelumbo
