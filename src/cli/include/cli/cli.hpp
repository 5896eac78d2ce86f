#pragma once
// The command lines of the suite's programs.

namespace nelumbo::cli {

/// Runs `lotus` with its arguments; gives the exit status. Errors are one line "ERROR: …" on standard error.
int run_lotus(int argc, char** argv);
/// Runs `lotus-miner`.
int run_lotus_miner(int argc, char** argv);
/// Runs `lotus-fountain`.
int run_lotus_fountain(int argc, char** argv);
/// Runs `lotus-message`.
int run_lotus_message(int argc, char** argv);
/// Runs `lotus-bench`.
int run_lotus_bench(int argc, char** argv);

}  // namespace nelumbo::cli
