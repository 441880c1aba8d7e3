#include "rules/runtime_support.h"

#include <algorithm>

namespace revisitd::rules {
namespace {

constexpr std::size_t kLeastCycles = 3;  // to learn from

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "go1.22.3-x" as "1", "22", "3".
std::vector<std::string_view> numbers_of(std::string_view version) {
  while (!version.empty() && !is_digit(version.front())) version.remove_prefix(1);
  std::vector<std::string_view> numbers;
  while (!version.empty() && is_digit(version.front())) {
    std::size_t end = 0;
    while (end < version.size() && is_digit(version[end])) ++end;
    numbers.push_back(version.substr(0, end));
    version.remove_prefix(end);
    if (version.empty() || version.front() != '.') break;
    version.remove_prefix(1);
  }
  return numbers;
}

const RuntimeCycle* cycle_of(const RuntimeCycles& cycles, std::string_view version) {
  const auto wanted = numbers_of(version);
  const RuntimeCycle* best = nullptr;
  std::size_t most = 0;
  for (const RuntimeCycle& cycle : cycles.cycles) {
    const auto own = numbers_of(cycle.name);
    if (own.size() <= most || own.size() > wanted.size()) continue;
    if (!std::equal(own.begin(), own.end(), wanted.begin())) continue;
    best = &cycle;
    most = own.size();
  }
  return best;
}

// How long a cycle lasts, by those whose days are both known.
std::optional<Duration> usual_life(const RuntimeCycles& cycles) {
  std::vector<Duration> lives;
  for (const RuntimeCycle& cycle : cycles.cycles) {
    if (cycle.released && cycle.ends && *cycle.ends > *cycle.released)
      lives.push_back(*cycle.ends - *cycle.released);
  }
  if (lives.size() < kLeastCycles) return std::nullopt;
  const auto middle = lives.begin() + static_cast<std::ptrdiff_t>(lives.size() / 2);
  std::nth_element(lives.begin(), middle, lives.end());
  return *middle;
}

}  // namespace

std::string_view support_kind_name(SupportKind kind) {
  switch (kind) {
    case SupportKind::known:
      return "known";
    case SupportKind::over:
      return "over";
    case SupportKind::predicted:
      return "predicted";
    case SupportKind::unknown:
      return "unknown";
  }
  return "unknown";
}

RuntimeSupport support_of(const RuntimeCycles& cycles, std::string_view version) {
  RuntimeSupport support;
  const RuntimeCycle* cycle = cycle_of(cycles, version);
  if (cycle == nullptr) return support;
  support.cycle = cycle->name;
  support.latest = cycle->latest;
  if (cycle->ends) {
    support.kind = SupportKind::known;
    support.ends = cycle->ends;
  } else if (cycle->over) {
    support.kind = SupportKind::over;
    support.ends = cycles.as_of;
  } else if (const auto life = usual_life(cycles); life && cycle->released) {
    support.kind = SupportKind::predicted;
    support.ends = *cycle->released + *life;
  }
  return support;
}

std::vector<std::string> versions_in(std::string_view text) {
  std::vector<std::string> versions;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(", ", begin), text.size());
    versions.emplace_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  return versions;
}

FirstToEnd first_to_end(const RuntimeCycles& cycles, const std::vector<std::string>& versions) {
  FirstToEnd first{0, support_of(cycles, versions.front())};
  for (std::size_t i = 1; i < versions.size(); ++i) {
    RuntimeSupport support = support_of(cycles, versions[i]);
    const bool sooner =
        support.ends && (!first.support.ends || *support.ends < *first.support.ends);
    if (sooner) first = {i, std::move(support)};
  }
  return first;
}

}  // namespace revisitd::rules
