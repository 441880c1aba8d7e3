#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <forward_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "collectors/counter_range.h"
#include "collectors/gauge_range.h"
#include "collectors/native_range.h"
#include "collectors/slot_lengths.h"
#include "rules/result.h"
#include "rules/signal.h"
#include "rules/slot.h"
#include "rules/time.h"

// From samples to slots: one reducer holds what one signal of one service needs of the slots in
// progress.
//
// A scraped sample belongs to the slot whose (start, end] holds its time, so that a slot's value is
// what PromQL gives for a range of the slot's length evaluated at the slot's end. (Slots are
// half-open the other way; the two differ for a sample stamped on the very millisecond of a
// boundary, which counts for the slot that ends there.) Nothing is carried from one slot into the
// next: a counter needs two samples within the slot, a gauge one.
//
//   rate      CounterRange::rate per series, added over series and instances. With `per`: the
//   quotient of two such
//             sums; a denominator of zero is not finite, a side without series is missing.
//   quantile  Native histograms: their rates, added, through native_quantile; with instances that
//             have classic histograms alone beside them the slot is partial. Where there are none,
//             classic ones: the rates of the `_bucket` series through add_histograms and
//             histogram_quantile. Where there are none, summaries: the series with the same
//             `quantile` label, each as the mean of its samples; the value is their mean weighted
//             by each one's `_count` rate, the interval their least to their greatest, because the
//             quantile of several instances lies between theirs and nobody can say where.
//   mean      Where `_sum` and `_count` exist: rate of sums / rate of counts. Else the mean over
//   all gauge samples. max, min  over all samples. last, sum The newest sample of each series,
//   added. A series that vanished from its page, or whose target failed, after
//             that sample is stale and not added.
//   count     Series with a sample in the slot.
//   info      How many different values a label has over the series whose newest sample is not zero
//             and not stale; the reading's text names them.
//
// NaN and the infinities are missing samples. A sum (rate, last, sum, a histogram) is missing
// altogether when one of its series had only such samples, or only contradictory ones, in the slot:
// without that series it would be too low. As in PromQL, an instance that is down adds nothing:
// sums are over the instances that answered.
namespace revisitd::collectors {

// What a series is to its signal.
enum class SeriesRole : std::uint8_t {
  value,        // the counter or gauge itself
  denominator,  // `per`
  bucket,       // X_bucket of a histogram
  quantile,     // X{quantile="…"} of a summary
  sum,          // X_sum
  count,        // X_count
  native,       // X as a native histogram
};

// One sample of a page that a signal asked for.
struct StagedSample {
  std::uint64_t series = 0;     // identity: name, labels and role
  std::uint64_t histogram = 0;  // identity without `le` or `quantile`
  double bound = 0;             // the number in `le`, for buckets
  double value = 0;
  std::optional<TimePoint> time;  // as the page says, else the scrape's
  SeriesRole role = SeriesRole::value;
  std::shared_ptr<const std::string> label = {};  // of an info metric: what the label says
  // With the role `native`; its count is the value.
  std::shared_ptr<const NativeHistogram> native = {};
};

// What happened to samples, over all signals; for our own metrics.
struct ReductionCounters {
  std::uint64_t samples = 0;     // taken
  std::uint64_t not_finite = 0;  // NaN or an infinity: missing
  std::uint64_t contradictions =
      0;  // series with two values at one time in one scrape: missing there
  std::uint64_t bad_timestamps = 0;  // more than five minutes from the scrape
  std::uint64_t out_of_order = 0;    // not past the series' last sample, with another value
  std::uint64_t late = 0;            // for a slot that is closed already
  std::uint64_t over_limit = 0;      // beyond kMaxSeries or kMaxNativeBuckets
};

class SignalReducer {
 public:
  static constexpr Duration kTimestampTolerance = std::chrono::minutes(5);
  static constexpr std::size_t kMaxSeries = 50'000;          // per target
  static constexpr std::ptrdiff_t kMaxOpenSlots = 32;        // per length; the oldest gives way
  static constexpr std::size_t kMaxNativeBuckets = 500'000;  // held for one slot in progress

  // Signals of many services share their spec.
  SignalReducer(std::shared_ptr<const rules::SignalSpec> spec, const SlotLengths& lengths);
  SignalReducer(rules::SignalSpec spec, const SlotLengths& lengths);

  [[nodiscard]] const rules::SignalSpec& spec() const { return *spec_; }
  // Slots in progress of lengths that stay are kept.
  void set_lengths(const SlotLengths& lengths);

  // One scrape of a target that worked, with all its samples for this signal. The target's series
  // that are not among them are stale from here on.
  void apply(std::uint64_t target, TimePoint scraped, std::span<const StagedSample> samples,
             ReductionCounters& counters);
  // For apply() soon, of a target that is alone: what this object points to, and then what that
  // points to (prefetch.h).
  void fetch_ahead() const;
  void fetch_further() const;
  // One scrape that failed, or the last word about a target that is gone: all its series are stale.
  void fail(std::uint64_t target, TimePoint scraped);

  // Ends slot `index` and all before it; later samples for them are dropped.
  rules::SignalReading close(Duration length, std::int64_t index);

  // The slots in progress, as bytes behind what is there (reduction_state.cc).
  void save(std::string& out) const;
  // What save() wrote, read back; nothing for any other bytes. On any thread.
  class Saved;
  static std::optional<Saved> read(std::string_view bytes);
  // For a reducer that has seen nothing yet. Lengths that are not wanted any more are left out.
  // False, and no change, for slots of another reduction.
  [[nodiscard]] bool restore(Saved saved);

  [[nodiscard]] std::size_t series() const;

 private:
  friend class SlotReduction;
  friend class ReductionReader;
  friend class ReductionWriter;
  static constexpr std::uint32_t kRefused = UINT32_MAX;

  struct Series {
    std::uint64_t key = 0;
    std::uint64_t histogram = 0;
    double bound = 0;
    double last_value = 0;
    std::int64_t last_time = INT64_MIN;
    std::uint32_t scrape = 0;  // number of the last scrape it was in
    SeriesRole role = SeriesRole::value;
  };
  static const Series kNoSeries;  // stands before the first when they are saved
  // How the series of one scrape are looked for.
  struct Search {
    std::size_t next = 0;  // where the next one is expected
    bool strayed = false;  // some were not near there
  };
  // One target's series, in the order in which they were first met. Pages keep that order nearly
  // always; the table stands only as long as they do not.
  struct Target {
    // What few targets need.
    struct Aside {
      std::vector<std::uint32_t> table;  // open addressing: position in `series` + 1, 0 = free
      // Of an info signal's series, as of their last scrape; not saved.
      std::vector<std::shared_ptr<const std::string>> labels;
    };

    std::uint64_t key = 0;
    std::uint32_t scrapes = 0;
    std::vector<Series> series;
    std::unique_ptr<Aside> aside;

    [[nodiscard]] bool has_table() const { return aside != nullptr && !aside->table.empty(); }
    void build_table();
    void drop_table();
    [[nodiscard]] std::uint32_t& place_of(std::uint64_t series_key);
    // kRefused for one that is not there.
    [[nodiscard]] std::uint32_t find_near(std::uint64_t series_key, std::size_t next) const;
    // kRefused beyond kMaxSeries.
    std::uint32_t find_or_add(const StagedSample& sample, Search& search);
    // Null for a series without one.
    [[nodiscard]] const std::string* label(std::size_t position) const;
    void set_label(std::size_t position, std::shared_ptr<const std::string> label);
    void move_series(std::size_t from, std::size_t to);
    // Leaves the first so many.
    void cut(std::size_t count);
  };
  using Range =
      std::variant<std::monostate, CounterRange, GaugeRange, std::unique_ptr<NativeRange>>;
  struct Cell {
    [[no_unique_address]] Range range;  // the flags lie in its padding
    bool stale = false;                 // vanished since its last sample in this slot
    bool spoilt = false;                // a sample of it was contradictory or not finite
  };
  // What is known of a slot in progress, as it is saved.
  enum Flag : std::uint8_t {
    kAnswered = 1,       // a scrape worked
    kFailed = 2,         // a scrape failed
    kNotFinite = 4,      // a sample was NaN or infinite
    kContradictory = 8,  // a series had two values
    kOverLimit = 16,
    kAllFlags = 31,
  };
  // Its cells are by target, as targets_, and then by series. The first target's lie in place: most
  // services have one.
  struct OpenSlot {
    std::int64_t index = 0;
    std::uint32_t native_buckets = 0;  // of all cells
    std::uint8_t flags = 0;
    std::vector<Cell> first;
    std::unique_ptr<std::vector<std::vector<Cell>>> others;

    [[nodiscard]] bool has(Flag flag) const { return (flags & flag) != 0; }
    [[nodiscard]] std::size_t targets() const {
      return 1 + (others != nullptr ? others->size() : 0);
    }
    // Of a target below targets().
    [[nodiscard]] std::vector<Cell>& cells(std::size_t target) {
      return target == 0 ? first : (*others)[target - 1];
    }
    [[nodiscard]] const std::vector<Cell>& cells(std::size_t target) const {
      return target == 0 ? first : (*others)[target - 1];
    }
    // Null where there is none.
    Cell* find(std::size_t target, std::size_t series);
    // `all`: how many series the target has.
    Cell& at(std::size_t target, std::size_t series, std::size_t all);
    // The targets behind it move up.
    void erase(std::size_t target);
  };
  struct Length {
    Duration length{};
    std::int64_t closed = INT64_MIN;   // last closed index
    std::forward_list<OpenSlot> open;  // unordered, few
  };
  // With room in place for what nearly all signals have.
  using Lengths = boost::container::small_vector<Length, 1>;
  using Targets = boost::container::small_vector<Target, 1>;

  std::size_t target_position(std::uint64_t key);
  OpenSlot* open_slot(Length& length, TimePoint time);
  void note(TimePoint time, Flag flag);
  // A sample that does not count, and why.
  void spoil(const Target& target, std::size_t series, TimePoint time, Flag flag);
  // What only one call of apply() needs.
  struct Scratch {
    std::vector<std::uint32_t> resolved;  // the series of each sample, kRefused: must not count
    std::vector<std::uint32_t> staged;    // the last sample of each series that the scrape has
  };
  void resolve(Target& target, std::span<const StagedSample> samples, TimePoint scraped,
               Scratch& scratch, ReductionCounters& counters);
  void take(std::size_t target, std::size_t series, TimePoint time, const StagedSample& sample,
            ReductionCounters& counters);
  // False where the slot has no room for it.
  bool add(OpenSlot& slot, Range& range, TimePoint time, const StagedSample& sample) const;
  void mark_stale(std::size_t target, TimePoint scraped);
  void drop_dead_series();
  void move_cells(std::size_t target, std::size_t from, std::size_t to);
  [[nodiscard]] bool is_open(std::size_t target, std::size_t series);
  void cut_target(std::size_t position, std::size_t series);
  [[nodiscard]] bool suits(const Saved& saved) const;

  std::shared_ptr<const rules::SignalSpec> spec_;
  Lengths lengths_;
  Targets targets_;
};

class SignalReducer::Saved {
 private:
  friend class SignalReducer;
  friend class ReductionReader;
  Targets targets_;
  Lengths lengths_;
};

}  // namespace revisitd::collectors
