#include "collectors/scrape_grid.h"

#include <algorithm>

namespace revisitd::collectors {
namespace {

constexpr Duration kCoarsest = std::chrono::milliseconds(500);
constexpr double kTogetherAtMost = 48;
constexpr std::int64_t kPoints = 30;

}  // namespace

Duration scrape_grid(std::span<const ScrapeTargetSpec> targets) {
  double a_ms = 0;
  for (const ScrapeTargetSpec& target : targets) {
    const Duration interval = std::max(target.scrape_interval(), Duration{1});
    a_ms += 1.0 / static_cast<double>(interval.count());
  }
  Duration grid = kCoarsest;
  while (grid > Duration{1} && a_ms * static_cast<double>(grid.count()) > kTogetherAtMost)
    grid /= 2;
  return grid;
}

Duration scrape_phase(std::uint64_t identity, Duration interval, Duration grid) {
  const std::int64_t step = std::clamp<std::int64_t>(interval.count() / kPoints, 1, grid.count());
  const auto points = static_cast<std::uint64_t>(interval.count() / step);
  return Duration{static_cast<std::int64_t>(identity % points) * step + step / 2};
}

}  // namespace revisitd::collectors
