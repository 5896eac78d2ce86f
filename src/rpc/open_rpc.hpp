#pragma once
// The OpenRPC document (openrpc.org) of what a server has bound.

#include "dispatcher.hpp"

namespace nelumbo::rpc {

std::string open_rpc_document(std::string_view title, const std::vector<const Binding*>& methods);

}  // namespace nelumbo::rpc
