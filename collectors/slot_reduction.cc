#include "collectors/slot_reduction.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "collectors/histogram_quantile.h"

namespace revisitd::collectors {
namespace {

using rules::Absence;
using rules::Reduction;
using rules::SlotValue;

constexpr std::size_t kMostText = 256;  // bytes

// A quotient by zero is no value: not_finite.
std::optional<SlotValue> exact_if_finite(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  return SlotValue::exact(value);
}

// MurmurHash3's finalizer: labels alone would make instances with the same ones one.
std::uint64_t mix(std::uint64_t hash) {
  hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdULL;
  hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53ULL;
  return hash ^ hash >> 33;
}

// Of very many the first ones.
std::string joined(const std::set<std::string>& labels) {
  std::string text;
  for (const std::string& label : labels) {
    if (text.size() + label.size() > kMostText) return text + ", …";
    if (!text.empty()) text += ", ";
    text += label;
  }
  return text;
}

}  // namespace

bool is_counter(Reduction reduction, SeriesRole role) {
  switch (role) {
    case SeriesRole::value:
      return reduction == Reduction::rate;
    case SeriesRole::quantile:
      return false;
    case SeriesRole::denominator:
    case SeriesRole::bucket:
    case SeriesRole::sum:
    case SeriesRole::count:
    case SeriesRole::native:
      return true;
  }
  return false;
}

SlotReduction::SlotReduction(const SignalReducer& signal, const SignalReducer::OpenSlot& slot,
                             Duration length)
    : signal_(signal),
      slot_(slot),
      start_(slot_start(slot.index, length)),
      end_(slot_start(slot.index + 1, length)) {}

void SlotReduction::read_into(rules::SignalReading& reading) const {
  if (slot_.has(SignalReducer::kOverLimit)) {
    reading.absence = Absence::partial;
    return;
  }
  if (!incomplete()) reading.value = value();
  if (signal_.spec().reduction == Reduction::info && reading.value) {
    reading.text = joined(labels());
  }
  if (!reading.value) reading.absence = absence();
}

SlotReduction::Value SlotReduction::value() const {
  switch (signal_.spec().reduction) {
    case Reduction::rate:
      return rate();
    case Reduction::quantile:
      return quantile();
    case Reduction::mean:
      return mean();
    case Reduction::max:
    case Reduction::min:
    case Reduction::last:
    case Reduction::sum:
    case Reduction::count:
      return gauge();
    case Reduction::info: {
      const auto count = static_cast<double>(labels().size());
      return count > 0 ? exact_if_finite(count) : std::nullopt;
    }
    case Reduction::query:
      return std::nullopt;
  }
  return std::nullopt;
}

SlotReduction::Value SlotReduction::rate() const {
  const std::optional<double> rate = total_rate(SeriesRole::value);
  if (!rate) return std::nullopt;
  if (signal_.spec().per.empty()) return exact_if_finite(*rate);
  const std::optional<double> per = total_rate(SeriesRole::denominator);
  return per ? exact_if_finite(*rate / *per) : std::nullopt;
}

SlotReduction::Value SlotReduction::quantile() const {
  if (has(SeriesRole::native)) return mixed() ? std::nullopt : quantile_of_natives();
  std::vector<BucketSeries> series;
  each(SeriesRole::bucket, [&](const Member& one) {
    if (const auto rate = rate_of(one.cell))
      series.push_back({one.histogram, {one.series.bound, *rate}});
  });
  if (series.empty()) return summary_quantile();
  return histogram_quantile(signal_.spec().quantile, add_histograms(series));
}

SlotReduction::Value SlotReduction::quantile_of_natives() const {
  std::optional<NativeHistogram> total;
  each(SeriesRole::native, [&](const Member& one) {
    auto rate = std::get<std::unique_ptr<NativeRange>>(one.cell.range)->rate(start_, end_);
    if (!rate) return;
    if (total) {
      add(*total, std::move(*rate));
    } else {
      total = std::move(rate);
    }
  });
  return total ? native_quantile(signal_.spec().quantile, *total) : std::nullopt;
}

bool SlotReduction::mixed() const {
  std::set<std::uint64_t> natives;
  each(SeriesRole::native, [&](const Member& one) { natives.insert(one.histogram); });
  bool found = false;
  each(SeriesRole::bucket,
       [&](const Member& one) { found = found || !natives.contains(one.histogram); });
  return found;
}

SlotReduction::Value SlotReduction::summary_quantile() const {
  struct Instance {
    std::uint64_t summary;
    double value;
    double weight;
  };
  std::vector<Instance> instances;
  each(SeriesRole::quantile, [&](const Member& one) {
    const auto& range = std::get<GaugeRange>(one.cell.range);
    instances.push_back({one.histogram, range.sum / range.samples, 0});
  });
  if (instances.empty()) return std::nullopt;
  each(SeriesRole::count, [&](const Member& count) {
    const double rate = rate_of(count.cell).value_or(0);
    for (Instance& one : instances) {
      if (one.summary == count.histogram) one.weight = rate;
    }
  });
  SlotValue value{0, std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  double weighted = 0, weights = 0, plain = 0;
  for (const Instance& one : instances) {
    value.low = std::min(value.low, one.value);
    value.high = std::max(value.high, one.value);
    weighted += one.value * one.weight;
    weights += one.weight;
    plain += one.value;
  }
  const double mean =
      weights > 0 ? weighted / weights : plain / static_cast<double>(instances.size());
  value.value = std::clamp(mean, value.low, value.high);
  return value;
}

SlotReduction::Value SlotReduction::mean() const {
  if (has(SeriesRole::count)) {
    const std::optional<double> sum = total_rate(SeriesRole::sum);
    const std::optional<double> count = total_rate(SeriesRole::count);
    return sum && count ? exact_if_finite(*sum / *count) : std::nullopt;
  }
  double sum = 0, samples = 0;
  each(SeriesRole::value, [&](const Member& one) {
    const auto& range = std::get<GaugeRange>(one.cell.range);
    sum += range.sum;
    samples += range.samples;
  });
  return samples > 0 ? exact_if_finite(sum / samples) : std::nullopt;
}

SlotReduction::Value SlotReduction::gauge() const {
  const Reduction reduction = signal_.spec().reduction;
  std::optional<double> result;
  each(SeriesRole::value, [&](const Member& one) {
    const auto& range = std::get<GaugeRange>(one.cell.range);
    if (reduction == Reduction::max) {
      result = std::max(result.value_or(range.max), range.max);
    } else if (reduction == Reduction::min) {
      result = std::min(result.value_or(range.min), range.min);
    } else if (reduction == Reduction::count) {
      result = result.value_or(0) + 1;
    } else if (!one.cell.stale) {
      result = result.value_or(0) + range.last;
    }
  });
  return result ? exact_if_finite(*result) : std::nullopt;
}

std::set<std::string> SlotReduction::labels() const {
  std::set<std::string> labels;
  each(SeriesRole::value, [&](const Member& one) {
    const bool shown = !one.cell.stale && std::get<GaugeRange>(one.cell.range).last != 0;
    if (shown && one.label != nullptr) labels.insert(*one.label);
  });
  return labels;
}

Absence SlotReduction::absence() const {
  if (slot_.has(SignalReducer::kContradictory)) return Absence::ambiguous;
  if (slot_.has(SignalReducer::kNotFinite)) return Absence::not_finite;
  if (has(SeriesRole::native) && mixed()) return Absence::partial;
  if (!slot_.has(SignalReducer::kAnswered) && slot_.has(SignalReducer::kFailed))
    return Absence::failed;
  bool seen = false, fresh = false, known = false, rated = false;
  for (std::size_t t = 0; t < signal_.targets_.size(); ++t) {
    known = known || !signal_.targets_[t].series.empty();
    if (t >= slot_.targets()) continue;
    for (const SignalReducer::Cell& cell : slot_.cells(t)) {
      if (std::holds_alternative<std::monostate>(cell.range)) continue;
      seen = true;
      fresh = fresh || !cell.stale;
      rated = rated || rate_of(cell).has_value();
    }
  }
  // Numbers that were there and gave none: a quotient by zero, a histogram without observations.
  if (seen && rated) return Absence::not_finite;
  if (seen && fresh) return Absence::no_data;
  return known ? Absence::stale : Absence::no_data;
}

bool SlotReduction::incomplete() const {
  const Reduction reduction = signal_.spec().reduction;
  const bool adds = reduction == Reduction::last || reduction == Reduction::sum;
  for (std::size_t t = 0; t < slot_.targets(); ++t) {
    for (std::size_t s = 0; s < slot_.cells(t).size(); ++s) {
      const SignalReducer::Cell& cell = slot_.cells(t)[s];
      if (!cell.spoilt || !std::holds_alternative<std::monostate>(cell.range)) continue;
      if (adds || is_counter(reduction, signal_.targets_[t].series[s].role)) return true;
    }
  }
  return false;
}

std::optional<double> SlotReduction::total_rate(SeriesRole role) const {
  std::optional<double> total;
  each(role, [&](const Member& one) {
    if (const auto rate = rate_of(one.cell)) total = total.value_or(0) + *rate;
  });
  return total;
}

std::optional<double> SlotReduction::rate_of(const SignalReducer::Cell& cell) const {
  const auto* range = std::get_if<CounterRange>(&cell.range);
  return range != nullptr ? range->rate(start_, end_) : std::nullopt;
}

void SlotReduction::each(SeriesRole role, const Visit& visit) const {
  for (std::size_t t = 0; t < slot_.targets(); ++t) {
    const std::vector<SignalReducer::Cell>& cells = slot_.cells(t);
    if (cells.empty()) continue;  // perhaps there is no target at all
    const SignalReducer::Target& target = signal_.targets_[t];
    for (std::size_t s = 0; s < cells.size(); ++s) {
      const SignalReducer::Series& series = target.series[s];
      if (series.role == role && !std::holds_alternative<std::monostate>(cells[s].range)) {
        visit({series, cells[s], mix(target.key + series.histogram), target.label(s)});
      }
    }
  }
}

bool SlotReduction::has(SeriesRole role) const {
  bool found = false;
  each(role, [&found](const Member&) { found = true; });
  return found;
}

}  // namespace revisitd::collectors
