#pragma once
// From the machines' flat traces to the call tree.

#include "base/bytes.hpp"
#include "nelumbo_engines/src/vm/mod.rs.h"

namespace nelumbo {

/// The call tree as CBOR in the shape that ApplyResult::trace documents; empty when the steps hold no complete call.
Bytes trace_tree(const rust::Vec<engines::TraceStep>& steps);

}  // namespace nelumbo
