#include <algorithm>
#include <utility>

#include "collectors/reduction.h"

namespace revisitd::collectors {
namespace {

constexpr std::size_t kNear = 8;  // so many series are looked at before a table is worth its memory

}  // namespace

std::uint32_t SignalReducer::Target::find_near(std::uint64_t series_key, std::size_t next) const {
  const std::size_t reach = has_table() ? 0 : std::min(kNear, series.size());
  for (std::size_t i = 0; i < reach; ++i) {
    const std::size_t at = next + i < series.size() ? next + i : next + i - series.size();
    if (series[at].key == series_key) return static_cast<std::uint32_t>(at);
  }
  return kRefused;
}

std::uint32_t& SignalReducer::Target::place_of(std::uint64_t series_key) {
  std::vector<std::uint32_t>& table = aside->table;
  const std::size_t mask = table.size() - 1;
  for (std::size_t at = series_key & mask;; at = (at + 1) & mask) {
    if (table[at] == 0 || series[table[at] - 1].key == series_key) return table[at];
  }
}

void SignalReducer::Target::build_table() {
  std::size_t size = 8;
  while (size < series.size() * 2 + 2) size *= 2;
  if (aside == nullptr) aside = std::make_unique<Aside>();
  aside->table.assign(size, 0);
  for (std::uint32_t i = 0; i < series.size(); ++i) place_of(series[i].key) = i + 1;
}

void SignalReducer::Target::drop_table() {
  if (aside == nullptr) return;
  if (aside->labels.empty()) {
    aside.reset();
  } else {
    aside->table = std::vector<std::uint32_t>();  // with its memory
  }
}

std::uint32_t SignalReducer::Target::find_or_add(const StagedSample& sample, Search& search) {
  std::uint32_t found = find_near(sample.series, search.next);
  if (found == kRefused && series.size() > kNear) {
    search.strayed = true;
    if (!has_table() || aside->table.size() < series.size() * 2 + 2) build_table();
    std::uint32_t& place = place_of(sample.series);
    if (place != 0) {
      found = place - 1;
    } else if (series.size() < kMaxSeries) {
      place = static_cast<std::uint32_t>(series.size() + 1);
    }
  }
  if (found == kRefused) {
    if (series.size() >= kMaxSeries) return kRefused;
    found = static_cast<std::uint32_t>(series.size());
    Series& added = series.emplace_back();
    added.key = sample.series;
    added.histogram = sample.histogram;
    added.bound = sample.bound;
    added.role = sample.role;
  }
  search.next = found + 1;
  return found;
}

const std::string* SignalReducer::Target::label(std::size_t position) const {
  if (aside == nullptr || position >= aside->labels.size()) return nullptr;
  return aside->labels[position].get();
}

void SignalReducer::Target::set_label(std::size_t position,
                                      std::shared_ptr<const std::string> label) {
  if (aside == nullptr) aside = std::make_unique<Aside>();
  if (aside->labels.size() <= position) aside->labels.resize(position + 1);
  aside->labels[position] = std::move(label);
}

void SignalReducer::Target::move_series(std::size_t from, std::size_t to) {
  series[to] = series[from];
  if (aside == nullptr || to >= aside->labels.size()) return;
  const bool labelled = from < aside->labels.size();
  aside->labels[to] = labelled ? std::move(aside->labels[from]) : nullptr;
}

void SignalReducer::Target::cut(std::size_t count) {
  series.resize(count);
  drop_table();
  if (aside != nullptr && aside->labels.size() > count) aside->labels.resize(count);
}

}  // namespace revisitd::collectors
