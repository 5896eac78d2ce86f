#pragma once
namespace nelumbo {

/// Tells the proofs where their parameters lie and the engines where their log goes. Done once, before the first call
/// that reads either; cheap afterwards.
void init_engines();

}  // namespace nelumbo
