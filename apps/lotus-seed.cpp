#include "genesis/seed.hpp"

int main(int argc, char** argv) { return nelumbo::genesis::run_seed(argc, argv); }
