#include "collectors/reduction.h"

#include <algorithm>
#include <cmath>

#include "collectors/prefetch.h"
#include "collectors/slot_reduction.h"

namespace revisitd::collectors {
namespace {

bool same_value(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// The slot whose (start, end] holds the time.
std::int64_t slot_of(TimePoint time, Duration length) {
  return slot_index(time - Duration{1}, length);
}

}  // namespace

SignalReducer::Cell* SignalReducer::OpenSlot::find(std::size_t target, std::size_t series) {
  if (target >= targets() || series >= cells(target).size()) return nullptr;
  return &cells(target)[series];
}

SignalReducer::Cell& SignalReducer::OpenSlot::at(std::size_t target, std::size_t series,
                                                 std::size_t all) {
  if (target >= targets()) {
    if (others == nullptr) others = std::make_unique<std::vector<std::vector<Cell>>>();
    others->resize(target);
  }
  std::vector<Cell>& of_target = cells(target);
  if (series >= of_target.size()) {
    of_target.reserve(all);
    of_target.resize(series + 1);
  }
  return of_target[series];
}

void SignalReducer::OpenSlot::erase(std::size_t target) {
  if (target >= targets()) return;
  for (; target + 1 < targets(); ++target) cells(target) = std::move(cells(target + 1));
  if (target == 0) {
    first.clear();
  } else {
    others->pop_back();
  }
}

SignalReducer::SignalReducer(std::shared_ptr<const rules::SignalSpec> spec,
                             const SlotLengths& lengths)
    : spec_(std::move(spec)) {
  set_lengths(lengths);
}

SignalReducer::SignalReducer(rules::SignalSpec spec, const SlotLengths& lengths)
    : SignalReducer(std::make_shared<const rules::SignalSpec>(std::move(spec)), lengths) {}

void SignalReducer::set_lengths(const SlotLengths& lengths) {
  Lengths kept;
  for (const Duration length : lengths) {
    const auto old = std::find_if(lengths_.begin(), lengths_.end(),
                                  [length](const Length& one) { return one.length == length; });
    if (old != lengths_.end()) {
      kept.push_back(std::move(*old));
    } else {
      kept.emplace_back().length = length;
    }
  }
  lengths_ = std::move(kept);
}

void SignalReducer::fetch_ahead() const {
  for (const Target& target : targets_) prefetch(target.series);
  for (const Length& length : lengths_) {
    if (!length.open.empty()) prefetch(&length.open.front(), sizeof(OpenSlot));
  }
}

void SignalReducer::fetch_further() const {
  for (const Length& length : lengths_) {
    if (!length.open.empty()) prefetch(length.open.front().first);
  }
}

void SignalReducer::apply(std::uint64_t target, TimePoint scraped,
                          std::span<const StagedSample> samples, ReductionCounters& counters) {
  // One for all reducers of a thread: of thousands, each would keep its own.
  thread_local Scratch scratch;
  const std::size_t position = target_position(target);
  resolve(targets_[position], samples, scraped, scratch, counters);
  note(scraped, kAnswered);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (scratch.resolved[i] == kRefused) continue;
    take(position, scratch.resolved[i], samples[i].time.value_or(scraped), samples[i], counters);
  }
  mark_stale(position, scraped);
}

void SignalReducer::fail(std::uint64_t target, TimePoint scraped) {
  const std::size_t position = target_position(target);
  ++targets_[position].scrapes;
  note(scraped, kFailed);
  mark_stale(position, scraped);
}

// Finds each sample's series before any sample counts, so that a contradiction also takes back the
// first of its values.
void SignalReducer::resolve(Target& target, std::span<const StagedSample> samples,
                            TimePoint scraped, Scratch& scratch, ReductionCounters& counters) {
  auto& [resolved, staged] = scratch;
  Search search;
  ++target.scrapes;
  if (target.series.empty()) target.series.reserve(samples.size());
  resolved.assign(samples.size(), kRefused);
  staged.assign(target.series.size(), 0);
  for (std::uint32_t i = 0; i < samples.size(); ++i) {
    const StagedSample& sample = samples[i];
    const TimePoint time = sample.time.value_or(scraped);
    if (std::chrono::abs(time - scraped) > kTimestampTolerance) {
      ++counters.bad_timestamps;
      continue;
    }
    const bool expected =
        search.next < target.series.size() && target.series[search.next].key == sample.series;
    const std::uint32_t found =
        expected ? static_cast<std::uint32_t>(search.next++) : target.find_or_add(sample, search);
    if (found == kRefused) {
      ++counters.over_limit;
      note(time, kOverLimit);
      continue;
    }
    if (found == staged.size()) staged.push_back(0);
    Series& series = target.series[found];
    // A key tells the role, too: only of what was saved can they differ, and its ranges are others.
    if (series.role != sample.role) continue;
    const bool again = series.scrape == target.scrapes;
    if (again && samples[staged[found]].time.value_or(scraped) == time) {
      if (!same_value(samples[staged[found]].value, sample.value)) {
        resolved[staged[found]] = kRefused;
        ++counters.contradictions;
        spoil(target, found, time, kContradictory);
      }
      continue;
    }
    series.scrape = target.scrapes;
    staged[found] = i;
    if (sample.label != nullptr) target.set_label(found, sample.label);
    resolved[i] = found;
  }
  if (!search.strayed) target.drop_table();
}

void SignalReducer::take(std::size_t target, std::size_t series_position, TimePoint time,
                         const StagedSample& sample, ReductionCounters& counters) {
  Series& series = targets_[target].series[series_position];
  const double value = sample.value;
  if (!std::isfinite(value)) {
    ++counters.not_finite;
    spoil(targets_[target], series_position, time, kNotFinite);
    return;
  }
  if (to_millis(time) <= series.last_time) {
    // A page may repeat a sample with its timestamp until there is a newer one.
    if (to_millis(time) != series.last_time || value != series.last_value) ++counters.out_of_order;
    return;
  }
  series.last_time = to_millis(time);
  series.last_value = value;
  ++counters.samples;
  for (Length& length : lengths_) {
    OpenSlot* slot = open_slot(length, time);
    if (slot == nullptr) {
      ++counters.late;
      continue;
    }
    Cell& cell = slot->at(target, series_position, targets_[target].series.size());
    cell.stale = false;
    if (!add(*slot, cell.range, time, sample)) ++counters.over_limit;
  }
}

bool SignalReducer::add(OpenSlot& slot, Range& range, TimePoint time,
                        const StagedSample& sample) const {
  const bool fresh = std::holds_alternative<std::monostate>(range);
  if (sample.native != nullptr) {
    if (fresh) range = std::make_unique<NativeRange>();
    NativeRange& native = *std::get<std::unique_ptr<NativeRange>>(range);
    const std::size_t others = slot.native_buckets - native.buckets();
    native.add(time, sample.native);
    slot.native_buckets = static_cast<std::uint32_t>(others);
    if (others + native.buckets() > kMaxNativeBuckets) {
      range = std::monostate();
      slot.flags |= kOverLimit;
      return false;
    }
    slot.native_buckets += static_cast<std::uint32_t>(native.buckets());
  } else if (is_counter(spec_->reduction, sample.role)) {
    if (fresh) range.emplace<CounterRange>();
    std::get<CounterRange>(range).add(time, sample.value);
  } else {
    if (fresh) range.emplace<GaugeRange>();
    std::get<GaugeRange>(range).add(sample.value);
  }
  return true;
}

void SignalReducer::mark_stale(std::size_t position, TimePoint scraped) {
  const Target& target = targets_[position];
  for (Length& length : lengths_) {
    OpenSlot* slot = open_slot(length, scraped);
    if (slot == nullptr || position >= slot->targets()) continue;
    std::vector<Cell>& cells = slot->cells(position);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (target.series[i].scrape != target.scrapes) cells[i].stale = true;
    }
  }
}

std::size_t SignalReducer::target_position(std::uint64_t key) {
  const auto found = std::find_if(targets_.begin(), targets_.end(),
                                  [key](const Target& target) { return target.key == key; });
  if (found != targets_.end()) return static_cast<std::size_t>(found - targets_.begin());
  targets_.emplace_back().key = key;
  return targets_.size() - 1;
}

SignalReducer::OpenSlot* SignalReducer::open_slot(Length& length, TimePoint time) {
  const std::int64_t index = slot_of(time, length.length);
  if (index <= length.closed) return nullptr;
  const auto found = std::find_if(length.open.begin(), length.open.end(),
                                  [index](const OpenSlot& slot) { return slot.index == index; });
  if (found != length.open.end()) return &*found;
  if (std::distance(length.open.begin(), length.open.end()) >= kMaxOpenSlots) {
    const auto oldest =
        std::min_element(length.open.begin(), length.open.end(),
                         [](const OpenSlot& a, const OpenSlot& b) { return a.index < b.index; });
    if (oldest->index > index) return nullptr;
    *oldest = OpenSlot();
    oldest->index = index;
    return &*oldest;
  }
  length.open.emplace_front().index = index;
  return &length.open.front();
}

void SignalReducer::note(TimePoint time, Flag flag) {
  for (Length& length : lengths_) {
    if (OpenSlot* slot = open_slot(length, time)) slot->flags |= flag;
  }
}

void SignalReducer::spoil(const Target& target, std::size_t series, TimePoint time, Flag flag) {
  const auto position = static_cast<std::size_t>(&target - targets_.data());
  for (Length& length : lengths_) {
    OpenSlot* slot = open_slot(length, time);
    if (slot == nullptr) continue;
    slot->flags |= flag;
    slot->at(position, series, target.series.size()).spoilt = true;
  }
}

rules::SignalReading SignalReducer::close(Duration wanted, std::int64_t index) {
  rules::SignalReading reading{.signal = spec_->name, .value = {}};
  for (Length& length : lengths_) {
    if (length.length != wanted || index <= length.closed) continue;
    const auto slot = std::find_if(length.open.begin(), length.open.end(),
                                   [index](const OpenSlot& one) { return one.index == index; });
    if (slot != length.open.end()) SlotReduction(*this, *slot, wanted).read_into(reading);
    length.closed = index;
    length.open.remove_if([index](const OpenSlot& one) { return one.index <= index; });
    if (&length == &lengths_.back()) drop_dead_series();
  }
  return reading;
}

// Forgets series that the last scrape of their target did not have and that no slot in progress
// needs, so that a target whose labels change with every deploy or request does not grow for ever.
void SignalReducer::drop_dead_series() {
  for (std::size_t t = targets_.size(); t-- > 0;) {
    Target& target = targets_[t];
    std::size_t kept = 0;
    for (std::size_t s = 0; s < target.series.size(); ++s) {
      if (target.series[s].scrape != target.scrapes && !is_open(t, s)) continue;
      if (kept != s) {
        target.move_series(s, kept);
        move_cells(t, s, kept);
      }
      ++kept;
    }
    if (kept == target.series.size() && kept != 0) continue;
    cut_target(t, kept);
  }
}

void SignalReducer::move_cells(std::size_t target, std::size_t from, std::size_t to) {
  for (Length& length : lengths_) {
    for (OpenSlot& slot : length.open) {
      Cell* source = slot.find(target, from);
      Cell* place = slot.find(target, to);
      if (place != nullptr) *place = source != nullptr ? std::exchange(*source, Cell{}) : Cell{};
    }
  }
}

bool SignalReducer::is_open(std::size_t target, std::size_t series) {
  for (Length& length : lengths_) {
    for (OpenSlot& slot : length.open) {
      const Cell* cell = slot.find(target, series);
      if (cell != nullptr && !std::holds_alternative<std::monostate>(cell->range)) return true;
    }
  }
  return false;
}

// Leaves a target its first `series` series, or removes it when that is none.
void SignalReducer::cut_target(std::size_t position, std::size_t series) {
  for (Length& length : lengths_) {
    for (OpenSlot& slot : length.open) {
      if (series == 0) {
        slot.erase(position);
      } else if (position < slot.targets() && slot.cells(position).size() > series) {
        slot.cells(position).resize(series);
      }
    }
  }
  if (series == 0) {
    targets_.erase(targets_.begin() + static_cast<std::ptrdiff_t>(position));
    return;
  }
  targets_[position].cut(series);
}

std::size_t SignalReducer::series() const {
  std::size_t count = 0;
  for (const Target& target : targets_) count += target.series.size();
  return count;
}

}  // namespace revisitd::collectors
