#include <cmath>
#include <iterator>
#include <limits>
#include <span>

#include "collectors/reduction.h"
#include "collectors/slot_reduction.h"
#include "rules/packed_fields.h"

// How many targets, and each:
//   KEY SCRAPES, how many series, and each: HEAD KEY [HISTOGRAM] BOUND LAST_VALUE [TIME] [MISSED]
// How many slot lengths, and each:
//   LENGTH CLOSED, how many slots in progress, and each: INDEX FLAGS, how many targets more than
//   one, and of the first and each of those how many cells, and each: HEAD and its range's fields
//     counter  [FIRST_TIME SPAN SAMPLES] [LAST] FIRST [LOST]
//     gauge    [LAST] MIN MAX SUM SAMPLES
//     native   what NativeRange saves
// Keys and histograms are eight bytes, all else is as short as it can be (packed_fields.h). A head
// is one byte that says what a thing is and which of the fields in brackets are there. Those that
// are not are what neighbours mostly have in common: a series' histogram and last time those of the
// series before it under its target, at first 0, and written as exclusive or and difference; MISSED
// scrapes of its target none; a counter's times and samples those of the counter before it in the
// slot; a range's last value its series'. Bounds and values are written near the series before, in
// a range near its last value. That makes a series in a slot some 15 bytes, half of them its key,
// of what a fleet writes to its disk every minute.
namespace revisitd::collectors {
namespace {

// A series' first byte: its role, and what follows.
enum SeriesHead : std::uint8_t {
  kRole = 7,
  kOwnHistogram = 8,
  kOwnTime = 16,
  kMissed = 32,
  kSeriesHead = 63,
};

// A cell's first byte: what its range is, its flags, and what follows.
enum CellHead : std::uint8_t {
  kNone = 0,
  kCounter = 1,
  kGauge = 2,
  kNative = 3,
  kKind = 3,
  kStale = 4,
  kSpoilt = 8,
  kOwnTimes = 16,
  kOwnLast = 32,
  kLost = 64,
  kCellHead = 127,
};

// The fewest bytes that one takes.
constexpr std::size_t kLeastTarget = 10, kLeastSeries = 11, kLeastLength = 3, kLeastSlot = 4,
                      kLeastCell = 1;

std::uint64_t flag_if(bool holds, std::uint8_t flag) { return holds ? flag : 0; }

bool same_times(const CounterRange::Parts& a, const CounterRange::Parts& b) {
  return a.first_time == b.first_time && a.last_time == b.last_time && a.samples == b.samples;
}

}  // namespace

const SignalReducer::Series SignalReducer::kNoSeries{.last_time = 0};

class ReductionWriter {
 public:
  ReductionWriter(const SignalReducer::Targets& targets, PackedWriter& out)
      : targets_(targets), out_(out) {}

  void write(const SignalReducer::Lengths& lengths) {
    out_.row().whole(targets_.size());
    for (const SignalReducer::Target& one : targets_) target(one);
    out_.row().whole(lengths.size());
    for (const SignalReducer::Length& one : lengths) length(one);
  }

 private:
  void target(const SignalReducer::Target& target) {
    out_.row().fixed(target.key).whole(target.scrapes).whole(target.series.size());
    const SignalReducer::Series* before = &SignalReducer::kNoSeries;
    for (const SignalReducer::Series& one : target.series) {
      series(one, *before, target.scrapes - one.scrape);
      before = &one;
    }
  }

  void series(const SignalReducer::Series& s, const SignalReducer::Series& before,
              std::uint32_t missed) {
    const std::uint64_t head = static_cast<std::uint64_t>(s.role) |
                               flag_if(s.histogram != before.histogram, kOwnHistogram) |
                               flag_if(s.last_time != before.last_time, kOwnTime) |
                               flag_if(missed != 0, kMissed);
    PackedWriter::Row row = out_.row();
    row.whole(head).fixed(s.key);
    if ((head & kOwnHistogram) != 0) row.fixed(s.histogram ^ before.histogram);
    row.number(s.bound, before.bound).number(s.last_value, before.last_value);
    if ((head & kOwnTime) != 0) row.since(s.last_time, before.last_time);
    if (missed != 0) row.whole(missed);
  }

  void length(const SignalReducer::Length& length) {
    const auto slots = std::distance(length.open.begin(), length.open.end());
    out_.row()
        .whole(static_cast<std::uint64_t>(length.length.count()))
        .since(length.closed, 0)
        .whole(static_cast<std::uint64_t>(slots));
    for (const SignalReducer::OpenSlot& one : length.open) slot(one);
  }

  void slot(const SignalReducer::OpenSlot& slot) {
    out_.row().since(slot.index, 0).whole(slot.flags).whole(slot.targets() - 1);
    before_ = {};
    for (std::size_t t = 0; t < slot.targets(); ++t) {
      const std::vector<SignalReducer::Cell>& cells = slot.cells(t);
      out_.row().whole(cells.size());
      if (!cells.empty()) each_cell(cells, targets_[t].series.data());
    }
  }

  void each_cell(std::span<const SignalReducer::Cell> cells, const SignalReducer::Series* series) {
    for (const SignalReducer::Cell& one : cells) cell(one, (series++)->last_value);
  }

  void cell(const SignalReducer::Cell& cell, double last_value) {
    const std::uint64_t flags = flag_if(cell.stale, kStale) | flag_if(cell.spoilt, kSpoilt);
    if (const auto* range = std::get_if<CounterRange>(&cell.range)) {
      counter(flags, range->parts(), last_value);
    } else if (const auto* gauge_range = std::get_if<GaugeRange>(&cell.range)) {
      gauge(flags, *gauge_range, last_value);
    } else if (const auto* native = std::get_if<std::unique_ptr<NativeRange>>(&cell.range)) {
      out_.row().whole(flags | kNative);
      (*native)->save(out_);
    } else {
      out_.row().whole(flags | kNone);
    }
  }

  void counter(std::uint64_t flags, const CounterRange::Parts& p, double last_value) {
    const std::uint64_t head = flags | kCounter | flag_if(!same_times(p, before_), kOwnTimes) |
                               flag_if(!same_bits(p.last, last_value), kOwnLast) |
                               flag_if(!same_bits(p.lost, 0), kLost);
    PackedWriter::Row row = out_.row();
    row.whole(head);
    if ((head & kOwnTimes) != 0) {
      row.since(p.first_time, before_.first_time)
          .whole(static_cast<std::uint64_t>(p.last_time - p.first_time))
          .whole(p.samples);
      before_ = p;
    }
    if ((head & kOwnLast) != 0) row.number(p.last, last_value);
    row.number(p.first, p.last);
    if ((head & kLost) != 0) row.number(p.lost, 0);
  }

  void gauge(std::uint64_t flags, const GaugeRange& range, double last_value) {
    const std::uint64_t head =
        flags | kGauge | flag_if(!same_bits(range.last, last_value), kOwnLast);
    PackedWriter::Row row = out_.row();
    row.whole(head);
    if ((head & kOwnLast) != 0) row.number(range.last, last_value);
    row.number(range.min, range.last)
        .number(range.max, range.last)
        .number(range.sum, range.last)
        .whole(range.samples);
  }

  const SignalReducer::Targets& targets_;
  PackedWriter& out_;
  CounterRange::Parts before_;  // of the counter before, in the slot that is written
};

void SignalReducer::save(std::string& out) const {
  PackedWriter writer(out);
  ReductionWriter(targets_, writer).write(lengths_);
  writer.flush();
}

// Reads what save() wrote, with nothing taken on trust: positions must exist, and there is never
// room made for more than what follows can fill. What cannot be is thrown.
class ReductionReader {
 public:
  ReductionReader(std::string_view text, SignalReducer::Saved& saved)
      : fields_(text), targets_(saved.targets_), lengths_(saved.lengths_) {}

  void read() {
    for (std::size_t n = fields_.count(kLeastTarget); n > 0; --n) target(targets_.emplace_back());
    for (std::size_t n = fields_.count(kLeastLength); n > 0; --n) length(lengths_.emplace_back());
    require(fields_.done());
  }

 private:
  void target(SignalReducer::Target& target) {
    target.key = fields_.fixed();
    target.scrapes = fields_.whole32();
    const std::size_t count = fields_.count(kLeastSeries);
    require(count <= SignalReducer::kMaxSeries);
    target.series.resize(count);
    const SignalReducer::Series* before = &SignalReducer::kNoSeries;
    for (SignalReducer::Series& one : target.series) {
      series(one, *before, target.scrapes);
      before = &one;
    }
  }

  void series(SignalReducer::Series& s, const SignalReducer::Series& before,
              std::uint32_t scrapes) {
    const std::uint64_t head = fields_.whole(kSeriesHead);
    require((head & kRole) <= static_cast<std::uint64_t>(SeriesRole::native));
    s.role = static_cast<SeriesRole>(head & kRole);
    s.key = fields_.fixed();
    s.histogram = before.histogram;
    if ((head & kOwnHistogram) != 0) s.histogram ^= fields_.fixed();
    s.bound = fields_.number(before.bound);
    require(!std::isnan(s.bound));  // buckets are sorted by it
    s.last_value = fields_.number(before.last_value);
    s.last_time = before.last_time;
    if ((head & kOwnTime) != 0) s.last_time = fields_.since(before.last_time);
    s.scrape = scrapes;
    if ((head & kMissed) != 0) s.scrape -= fields_.whole32();
  }

  void length(SignalReducer::Length& length) {
    length.length = Duration{static_cast<std::int64_t>(
        fields_.whole(std::uint64_t{std::numeric_limits<std::int64_t>::max()}))};
    require(length.length > Duration::zero());
    length.closed = fields_.since(0);
    const std::size_t count = fields_.count(kLeastSlot);
    require(count <= std::size_t{SignalReducer::kMaxOpenSlots});
    auto last = length.open.before_begin();
    for (std::size_t n = count; n > 0; --n) {
      last = length.open.emplace_after(last);
      slot(*last);
    }
  }

  void slot(SignalReducer::OpenSlot& slot) {
    slot.index = fields_.since(0);
    slot.flags = static_cast<std::uint8_t>(fields_.whole(SignalReducer::kAllFlags));
    const std::size_t others = fields_.count(kLeastCell);
    if (others > 0) {
      require(others < targets_.size());
      slot.others = std::make_unique<std::vector<std::vector<SignalReducer::Cell>>>(others);
    }
    before_ = {};
    for (std::size_t t = 0; t < slot.targets(); ++t) cells(slot, t);
  }

  void cells(SignalReducer::OpenSlot& slot, std::size_t target) {
    const std::size_t count = fields_.count(kLeastCell);
    if (count == 0) return;
    require(target < targets_.size() && count <= targets_[target].series.size());
    std::vector<SignalReducer::Cell>& cells = slot.cells(target);
    cells.resize(count);
    for (std::size_t s = 0; s < count; ++s) cell(slot, cells[s], targets_[target].series[s]);
  }

  void cell(SignalReducer::OpenSlot& slot, SignalReducer::Cell& cell,
            const SignalReducer::Series& series) {
    const std::uint64_t head = fields_.whole(kCellHead);
    cell.stale = (head & kStale) != 0;
    cell.spoilt = (head & kSpoilt) != 0;
    switch (head & kKind) {
      case kCounter:
        cell.range = counter(head, series.last_value);
        break;
      case kGauge:
        cell.range = gauge(head, series.last_value);
        break;
      case kNative:
        cell.range = native(slot);
        break;
    }
  }

  CounterRange counter(std::uint64_t head, double last_value) {
    CounterRange::Parts p = before_;
    if ((head & kOwnTimes) != 0) {
      p.first_time = fields_.since(before_.first_time);
      p.last_time = packed::plus(p.first_time, fields_.whole32());
      p.samples = fields_.whole32();
    }
    p.last = (head & kOwnLast) != 0 ? fields_.number(last_value) : last_value;
    p.first = fields_.number(p.last);
    p.lost = (head & kLost) != 0 ? fields_.number(0) : 0;
    const auto counter = CounterRange::from(p);
    require(counter.has_value());
    before_ = p;
    return *counter;
  }

  GaugeRange gauge(std::uint64_t head, double last_value) {
    GaugeRange range;
    range.last = (head & kOwnLast) != 0 ? fields_.number(last_value) : last_value;
    range.min = fields_.number(range.last);
    range.max = fields_.number(range.last);
    range.sum = fields_.number(range.last);
    range.samples = fields_.whole32();
    require(range.samples != 0);
    return range;
  }

  std::unique_ptr<NativeRange> native(SignalReducer::OpenSlot& slot) {
    auto range = std::make_unique<NativeRange>(NativeRange::take(fields_));
    require(slot.native_buckets + range->buckets() <= SignalReducer::kMaxNativeBuckets);
    slot.native_buckets += static_cast<std::uint32_t>(range->buckets());
    return range;
  }

  PackedReader fields_;
  SignalReducer::Targets& targets_;
  SignalReducer::Lengths& lengths_;
  CounterRange::Parts before_;  // of the counter before, in the slot that is read
};

std::optional<SignalReducer::Saved> SignalReducer::read(std::string_view text) {
  std::optional<Saved> saved(std::in_place);
  try {
    ReductionReader(text, *saved).read();
  } catch (const protozero::exception&) {
    saved.reset();
  }
  return saved;
}

// Whether every range is of the kind that its series has in this reduction.
bool SignalReducer::suits(const Saved& saved) const {
  const auto suits = [this](const Range& range, SeriesRole role) {
    if (std::holds_alternative<std::monostate>(range)) return true;
    if (role == SeriesRole::native)
      return std::holds_alternative<std::unique_ptr<NativeRange>>(range);
    return is_counter(spec_->reduction, role) ? std::holds_alternative<CounterRange>(range)
                                              : std::holds_alternative<GaugeRange>(range);
  };
  for (const Length& length : saved.lengths_) {
    for (const OpenSlot& slot : length.open) {
      for (std::size_t t = 0; t < slot.targets(); ++t) {
        for (std::size_t s = 0; s < slot.cells(t).size(); ++s) {
          if (!suits(slot.cells(t)[s].range, saved.targets_[t].series[s].role)) return false;
        }
      }
    }
  }
  return true;
}

bool SignalReducer::restore(Saved saved) {
  if (!suits(saved)) return false;
  targets_ = std::move(saved.targets_);
  for (Length& length : saved.lengths_) {
    for (Length& wanted : lengths_) {
      if (wanted.length == length.length) wanted = std::move(length);
    }
  }
  return true;
}

}  // namespace revisitd::collectors
