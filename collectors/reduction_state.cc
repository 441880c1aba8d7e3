#include "collectors/field_text.h"
#include "collectors/reduction.h"
#include "collectors/slot_reduction.h"

// One line per thing, fields divided by blanks, in the order of the structs:
//   t KEY SCRAPES                  a target, and below it
//   s KEY HISTOGRAM BOUND LAST_VALUE LAST_TIME SCRAPE ROLE
//   l LENGTH CLOSED                a slot length, and below it
//   o INDEX FLAGS                  a slot in progress, and below it
//   c|g|h|n TARGET SERIES STALE SPOILT [the range's fields]
// Hashes are hexadecimal. What neighbours mostly have in common is written as what it differs by: a
// series' histogram (exclusive or) and last time (difference) from those of the series before it
// under its target, at first 0; its scrape by how many the target has had since; a counter's first
// time from that of the counter before it in the slot, at first 0, and its last time from its
// first. That halves what a fleet writes to its disk every minute.
namespace revisitd::collectors {
namespace {

// All series are saved every minute: a line is put together beside the text and added once.
template <class... T>
void put_line(std::string& out, char kind, T... values) {
  char line[2 + kFieldBytes * sizeof...(values)];
  char* end = line;
  *end++ = kind;
  ((end = put_field(end, values)), ...);
  *end++ = '\n';
  out.append(line, end);
}

// A series may have had no sample yet, which is the least of all times: these wrap.
std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

const SignalReducer::Series SignalReducer::kNoSeries{.last_time = 0};

void SignalReducer::save(std::string& out) const {
  for (const Target& target : targets_) {
    put_line(out, 't', Hex{target.key}, target.scrapes);
    const Series* before = &kNoSeries;
    for (const Series& s : target.series) {
      put_line(out, 's', Hex{s.key}, Hex{s.histogram ^ before->histogram}, s.bound, s.last_value,
               minus(s.last_time, before->last_time), target.scrapes - s.scrape,
               static_cast<int>(s.role));
      before = &s;
    }
  }
  for (const Length& length : lengths_) {
    put_line(out, 'l', length.length.count(), length.closed);
    for (const OpenSlot& slot : length.open) save_slot(slot, out);
  }
}

void SignalReducer::save_slot(const OpenSlot& slot, std::string& out) {
  put_line(out, 'o', slot.index, static_cast<int>(slot.flags));
  std::int64_t first_time = 0;
  for (std::size_t t = 0; t < slot.targets(); ++t) {
    for (std::size_t s = 0; s < slot.cells(t).size(); ++s) {
      const Cell& cell = slot.cells(t)[s];
      const int stale = cell.stale ? 1 : 0, spoilt = cell.spoilt ? 1 : 0;
      if (const auto* counter = std::get_if<CounterRange>(&cell.range)) {
        const CounterRange::Parts p = counter->parts();
        put_line(out, 'c', t, s, stale, spoilt, minus(p.first_time, first_time),
                 p.last_time - p.first_time, p.first, p.last, p.lost, p.samples);
        first_time = p.first_time;
      } else if (const auto* gauge = std::get_if<GaugeRange>(&cell.range)) {
        put_line(out, 'g', t, s, stale, spoilt, gauge->sum, gauge->min, gauge->max, gauge->last,
                 gauge->samples);
      } else if (const auto* native = std::get_if<std::unique_ptr<NativeRange>>(&cell.range)) {
        put_line(out, 'h', t, s, stale, spoilt);
        out.pop_back();  // the line goes on
        (*native)->save(out);
        out += '\n';
      } else if (cell.spoilt) {
        put_line(out, 'n', t, s, stale, spoilt);
      }
    }
  }
}

// Reads what save() wrote, with nothing taken on trust: positions must exist, lines must be whole.
class ReductionReader {
 public:
  explicit ReductionReader(SignalReducer::Saved& saved)
      : targets_(saved.targets_), lengths_(saved.lengths_) {}

  bool read(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos || end == 0) return false;
      Fields fields(text.substr(1, end - 1));
      if (!line(text.front(), fields) || !fields.done()) return false;
      text.remove_prefix(end + 1);
    }
    return true;
  }

 private:
  bool line(char kind, Fields& fields) {
    switch (kind) {
      case 't': {
        SignalReducer::Target& target = targets_.emplace_back();
        Hex key;
        if (!fields.take(key, target.scrapes)) return false;
        target.key = key.value;
        return true;
      }
      case 's':
        return series(fields);
      case 'l': {
        SignalReducer::Length& length = lengths_.emplace_back();
        std::int64_t millis = 0;
        if (!fields.take(millis, length.closed) || millis <= 0) return false;
        length.length = Duration{millis};
        return true;
      }
      case 'o':
        return slot(fields);
      case 'c':
      case 'g':
      case 'h':
      case 'n':
        return cell(kind, fields);
    }
    return false;
  }

  bool series(Fields& fields) {
    if (targets_.empty() || targets_.back().series.size() >= SignalReducer::kMaxSeries)
      return false;
    SignalReducer::Target& target = targets_.back();
    const SignalReducer::Series before =
        target.series.empty() ? SignalReducer::kNoSeries : target.series.back();
    SignalReducer::Series& s = target.series.emplace_back();
    Hex key, histogram;
    std::int64_t time = 0;
    std::uint32_t since = 0;
    int role = 0;
    if (!fields.take(key, histogram, s.bound, s.last_value, time, since, role)) return false;
    if (role < 0 || role > static_cast<int>(SeriesRole::native)) return false;
    s.key = key.value;
    s.histogram = histogram.value ^ before.histogram;
    s.last_time = plus(time, before.last_time);
    s.scrape = target.scrapes - since;
    s.role = static_cast<SeriesRole>(role);
    return true;
  }

  bool slot(Fields& fields) {
    if (lengths_.empty()) return false;
    auto& open = lengths_.back().open;
    if (std::distance(open.begin(), open.end()) >= SignalReducer::kMaxOpenSlots) return false;
    SignalReducer::OpenSlot& slot = open.emplace_front();
    int flags = 0;
    first_time_ = 0;
    if (!fields.take(slot.index, flags)) return false;
    slot.flags = static_cast<std::uint8_t>(flags & SignalReducer::kAllFlags);
    return true;
  }

  bool cell(char kind, Fields& fields) {
    std::size_t target = 0, series = 0;
    int stale = 0, spoilt = 0;
    if (!fields.take(target, series, stale, spoilt)) return false;
    if (lengths_.empty() || lengths_.back().open.empty()) return false;
    if (target >= targets_.size() || series >= targets_[target].series.size()) return false;
    SignalReducer::OpenSlot& slot = lengths_.back().open.front();
    SignalReducer::Cell& cell = slot.at(target, series, targets_[target].series.size());
    cell.stale = stale != 0;
    cell.spoilt = spoilt != 0;
    if (kind == 'h') {
      auto native = NativeRange::restore(fields.take_rest());
      if (!native) return false;
      if (slot.native_buckets + native->buckets() > SignalReducer::kMaxNativeBuckets) return false;
      slot.native_buckets += static_cast<std::uint32_t>(native->buckets());
      cell.range = std::make_unique<NativeRange>(*std::move(native));
    } else if (kind == 'c') {
      CounterRange::Parts p;
      if (!fields.take(p.first_time, p.last_time, p.first, p.last, p.lost, p.samples)) return false;
      first_time_ = p.first_time = plus(p.first_time, first_time_);
      p.last_time = plus(p.last_time, p.first_time);
      const auto counter = CounterRange::from(p);
      if (!counter) return false;
      cell.range = *counter;
    } else if (kind == 'g') {
      GaugeRange g;
      if (!fields.take(g.sum, g.min, g.max, g.last, g.samples)) return false;
      if (g.samples == 0) return false;
      cell.range = g;
    }
    return true;
  }

  SignalReducer::Targets& targets_;
  SignalReducer::Lengths& lengths_;
  std::int64_t first_time_ = 0;  // of the counter before, in the slot that is read
};

std::optional<SignalReducer::Saved> SignalReducer::read(std::string_view text) {
  std::optional<Saved> saved(std::in_place);
  if (!ReductionReader(*saved).read(text)) saved.reset();
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
