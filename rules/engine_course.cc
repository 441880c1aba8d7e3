#include "rules/engine_course.h"

#include <limits>
#include <utility>

#include "rules/engine.h"
#include "rules/packed_fields.h"

// How many triggers, and of each, in the order of their names:
//   SIZE and its ledger as SlotLedger::encode() writes it, BLIND_RUN WORSE_RUN, and the load
//   without and with a breach: MEAN COUNT MEAN COUNT
// How many signals of which it is known what they usually are, and each:
//   SIZE and its name, LENGTH, and of SignalMeans::State: LAST DAY TODAY COUNT BEFORE COUNT FIRST
//   SUM COUNT SETTLED
// A load is written near that of the trigger before, the first slot near the last. Slots that say
// what those before them said move nothing else, so that a fleet's minute is written in some two
// hundred bytes a service.
namespace revisitd::rules {
namespace {

// The fewest bytes that one takes.
constexpr std::size_t kLeastTrigger = 7, kLeastMeans = 12;

class CourseWriter {
 public:
  explicit CourseWriter(std::string& out) : out_(out), packed_(out) {}

  void write(const DecisionState& state) {
    packed_.row().whole(state.triggers.size());
    for (const auto& [name, trigger] : state.triggers) write(trigger);
    packed_.row().whole(state.snapshot.signals.size());
    for (const auto& [key, means] : state.snapshot.signals) write(key, means.state());
    packed_.flush();
  }

 private:
  void write(std::string_view text) {
    packed_.row().whole(text.size());
    packed_.flush();
    out_ += text;
  }

  void write(const TriggerState& t) {
    write(t.ledger.encode());
    packed_.row()
        .since(t.blind_run, 0)
        .since(t.worse_run, 0)
        .number(t.load.calm.mean, load_.calm.mean)
        .since(t.load.calm.count, load_.calm.count)
        .number(t.load.breach.mean, load_.breach.mean)
        .since(t.load.breach.count, load_.breach.count);
    load_ = t.load;
  }

  void write(const std::pair<std::string, Duration>& key, const SignalMeans::State& s) {
    write(key.first);
    packed_.row()
        .whole(static_cast<std::uint64_t>(key.second.count()))
        .since(s.last, 0)
        .since(s.day, 0)
        .number(s.today, 0)
        .since(s.today_count, 0);
    packed_.row()
        .number(s.before, 0)
        .since(s.before_count, 0)
        .since(s.first, s.last)
        .number(s.first_sum, s.today)
        .since(s.first_count, 0)
        .whole(s.settled ? 1 : 0);
  }

  std::string& out_;
  PackedWriter packed_;
  LoadMeans load_;  // of the trigger before
};

// Throws protozero's exceptions, too.
class CourseReader {
 public:
  explicit CourseReader(std::string_view course) : packed_(course) {}

  void read(DecisionState& state) {
    if (packed_.count(kLeastTrigger) != state.triggers.size())
      throw CourseReadError("expected the course of each trigger, and of no other");
    for (auto& [name, trigger] : state.triggers) read(trigger);
    state.snapshot.signals.clear();
    for (std::size_t n = packed_.count(kLeastMeans); n > 0; --n) read_means(state.snapshot);
    require(packed_.done());
  }

 private:
  std::string_view text() { return packed_.take(packed_.whole()); }
  int small(int near) {
    const std::int64_t number = packed_.since(near);
    require(std::in_range<int>(number));
    return static_cast<int>(number);
  }

  void read(TriggerState& t) {
    Result<SlotLedger> ledger = SlotLedger::decode(text());
    if (!ledger) throw CourseReadError(ledger.error().message);
    t.ledger = *std::move(ledger);
    t.blind_run = small(0);
    t.worse_run = small(0);
    t.load.calm.mean = packed_.number(load_.calm.mean);
    t.load.calm.count = small(load_.calm.count);
    t.load.breach.mean = packed_.number(load_.breach.mean);
    t.load.breach.count = small(load_.breach.count);
    load_ = t.load;
  }

  void read_means(Snapshot& snapshot) {
    const std::string_view signal = text();
    const Duration length{static_cast<std::int64_t>(
        packed_.whole(std::uint64_t{std::numeric_limits<std::int64_t>::max()}))};
    require(length.count() > 0);
    SignalMeans::State s;
    s.last = packed_.since(0);
    s.day = packed_.since(0);
    s.today = packed_.number(0);
    s.today_count = packed_.since(0);
    s.before = packed_.number(0);
    s.before_count = packed_.since(0);
    s.first = packed_.since(s.last);
    s.first_sum = packed_.number(s.today);
    s.first_count = packed_.since(0);
    s.settled = packed_.whole(1) != 0;
    snapshot.signals.try_emplace(std::pair(std::string(signal), length), SignalMeans(s));
  }

  PackedReader packed_;
  LoadMeans load_;  // of the trigger before
};

}  // namespace

void append_course(const DecisionState& state, std::string& out) { CourseWriter(out).write(state); }

void read_course(std::string_view course, DecisionState& state) {
  try {
    CourseReader(course).read(state);
  } catch (const protozero::exception& broken) {
    throw CourseReadError(broken.what());
  }
}

void Engine::save_course(const std::string& service, std::string& out) const {
  append_course(decisions_.at(service), out);
}

}  // namespace revisitd::rules
