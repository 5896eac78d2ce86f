#pragma once
// Where the engines' own log lines go.

#include "rust/cxx.h"

namespace nelumbo::engines {

class LogSink {
 public:
  virtual ~LogSink() = default;
  /// `error` lines are the engine's own trouble, the others warnings. Called from any thread.
  virtual void write(bool error, rust::Str target, rust::Str text) const = 0;
};

}  // namespace nelumbo::engines
