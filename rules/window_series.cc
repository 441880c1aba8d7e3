#include "rules/window_series.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "rules/interval.h"

namespace revisitd::rules {
namespace {

std::int64_t block_of(std::int64_t index, std::int64_t size) {
  return index >= 0 ? index / size : -((-index + size - 1) / size);
}

// At least four fifths of the window's slots have a value.
bool covered(std::int64_t count, std::int64_t slots) { return count * 5 >= slots * 4; }

// The bits of the slots first..last of a block, both within it.
std::uint64_t bits(std::int64_t first, std::int64_t last) {
  return (~std::uint64_t{0} << first) & (~std::uint64_t{0} >> (63 - last));
}

SlotValue join(const SlotValue& a, const SlotValue& b,
               const double& (*further)(const double&, const double&)) {
  return {further(a.value, b.value), further(a.low, b.low), further(a.high, b.high)};
}

}  // namespace

void WindowSeries::Summary::add(const SlotValue& v) {
  least = count == 0 ? v : join(least, v, std::min<double>);
  most = count == 0 ? v : join(most, v, std::max<double>);
  ++count;
  value.add(v.value);
  low.add(v.low);
  if (std::isinf(v.high)) {
    unbounded = true;
  } else {
    high.add(v.high);
  }
}

void WindowSeries::Summary::add(const Summary& other) {
  if (other.count == 0) return;
  least = count == 0 ? other.least : join(least, other.least, std::min<double>);
  most = count == 0 ? other.most : join(most, other.most, std::max<double>);
  count += other.count;
  unbounded = unbounded || other.unbounded;
  value.add(other.value);
  low.add(other.low);
  high.add(other.high);
}

void WindowSeries::keep(std::int64_t slots) { slots_ = std::max(slots_, slots); }

void WindowSeries::add(std::int64_t index, const SlotValue& value) {
  if (last_ && index <= *last_) return;
  last_ = index;
  const std::int64_t number = block_of(index, kBlock);
  if (blocks_.empty() || blocks_.back().number != number) blocks_.emplace_back().number = number;
  Block& block = blocks_.back();
  const auto at = static_cast<std::size_t>(index - number * kBlock);
  block.present |= std::uint64_t{1} << at;
  block.values[at] = value;
  block.all.add(value);
  while ((blocks_.front().number + 1) * kBlock <= index - slots_ + 1) blocks_.pop_front();
}

const SlotValue* WindowSeries::find(std::int64_t index) const {
  const std::int64_t number = block_of(index, kBlock);
  const auto block = std::lower_bound(blocks_.begin(), blocks_.end(), number,
                                      [](const Block& b, std::int64_t n) { return b.number < n; });
  if (block == blocks_.end() || block->number != number) return nullptr;
  const auto at = static_cast<std::size_t>(index - number * kBlock);
  return (block->present >> at & 1) != 0 ? &block->values[at] : nullptr;
}

std::optional<SlotValue> WindowSeries::look(std::int64_t index, WindowFunction function,
                                            std::int64_t slots) const {
  if (function == WindowFunction::change) return change(index, slots);
  const std::int64_t first = index - slots + 1;
  Summary window;
  for (auto block = std::lower_bound(blocks_.begin(), blocks_.end(), block_of(first, kBlock),
                                     [](const Block& b, std::int64_t n) { return b.number < n; });
       block != blocks_.end() && block->number * kBlock <= index; ++block) {
    const std::int64_t start = block->number * kBlock;
    if (start >= first && start + kBlock - 1 <= index) {
      window.add(block->all);
      continue;
    }
    std::uint64_t wanted = block->present & bits(std::max<std::int64_t>(first - start, 0),
                                                 std::min<std::int64_t>(index - start, kBlock - 1));
    for (; wanted != 0; wanted &= wanted - 1) {
      window.add(block->values[static_cast<std::size_t>(std::countr_zero(wanted))]);
    }
  }
  if (!covered(window.count, slots)) return std::nullopt;
  if (function == WindowFunction::min) return window.least;
  if (function == WindowFunction::max) return window.most;
  const double n = window.count;
  const double high =
      window.unbounded ? std::numeric_limits<double>::infinity() : window.high.value() / n;
  return SlotValue{window.value.value() / n, window.low.value() / n, high};
}

std::optional<SlotValue> WindowSeries::change(std::int64_t index, std::int64_t slots) const {
  const SlotValue* now = find(index);
  const SlotValue* then = find(index - slots);
  if (now == nullptr || then == nullptr || then->value == 0) return std::nullopt;
  const double value = (now->value - then->value) / std::abs(then->value);
  if (now->is_exact() && then->is_exact()) return SlotValue::exact(value);
  // now / then - 1, or its mirror image where the earlier value is negative.
  Interval ends = compute(Arithmetic::divide, Interval::of(*now), Interval::of(*then));
  ends = compute(Arithmetic::subtract, ends, Interval::exact(1));
  if (then->value < 0) ends = negate(ends);
  if (!ends.known) return std::nullopt;
  return SlotValue{std::clamp(value, ends.low, ends.high), ends.low, ends.high};
}

}  // namespace revisitd::rules
