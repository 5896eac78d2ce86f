#include "cli/cli.hpp"

int main(int argc, char** argv) { return nelumbo::cli::run_lotus_bench(argc, argv); }
