#pragma once
// The command line of lotus-seed.

namespace nelumbo::genesis {

/// Runs one command; the process's exit status.
int run_seed(int argc, char** argv);

}  // namespace nelumbo::genesis
