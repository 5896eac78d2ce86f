#include "sealing/work.hpp"

namespace nelumbo::sealing {
namespace {

constexpr std::string_view kShortNames[] = {"AP", "PC1", "PC2", "C1", "C2", "FIN", "DC", "RU", "PR1", "PR2", "FRU"};
static_assert(std::size(kShortNames) == std::variant_size_v<Task>);

}  // namespace

std::string_view short_name(const Task& task) { return kShortNames[task.index()]; }

}  // namespace nelumbo::sealing
