#include "rules/replay.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace revisitd::rules {
namespace {

// The slots of one length, one after the other. The reading is made once and its values replaced,
// for a year of slots is many strings.
class Feed {
 public:
  Feed(Duration length, std::int64_t first, std::int64_t last, const SlotHistory& history)
      : next_(first), last_(last) {
    reading_.length = length;
    for (const auto& [key, values] : history.values) {
      if (key.length != length) continue;
      if (reading_.services.empty() || reading_.services.back().service != key.service) {
        reading_.services.push_back({key.service, {}});
      }
      auto& signals = reading_.services.back().signals;
      cursors_.push_back({&values, 0, reading_.services.size() - 1, signals.size()});
      signals.push_back({key.signal, std::nullopt, Absence::no_data});
    }
  }

  [[nodiscard]] bool done() const { return next_ >= last_; }
  [[nodiscard]] TimePoint next_end() const { return slot_start(next_ + 1, reading_.length); }

  const SlotReading& take() {
    reading_.start = slot_start(next_, reading_.length);
    for (Cursor& c : cursors_) {
      const SlotHistory::Values& values = *c.values;
      while (c.at < values.size() && values[c.at].first < next_) ++c.at;
      auto& value = reading_.services[c.service].signals[c.signal].value;
      if (c.at < values.size() && values[c.at].first == next_) {
        value = values[c.at].second;
      } else {
        value.reset();
      }
    }
    ++next_;
    return reading_;
  }

 private:
  struct Cursor {
    const SlotHistory::Values* values;
    std::size_t at, service, signal;
  };
  SlotReading reading_;
  std::vector<Cursor> cursors_;
  std::int64_t next_, last_;
};

class Replay {
 public:
  Replay(const ReplayScript& script, ReplaySink& sink)
      : script_(script), sink_(sink), engine_(script.engine), decisions_(script.decisions) {
    std::set<Duration> lengths = lengths_in_use(script.decisions, script.engine.ladder);
    for (const ReplayEvent& event : script.events) {
      if (const auto* edit = std::get_if<Decisions>(&event.what)) {
        lengths.merge(lengths_in_use(*edit, script.engine.ladder));
      }
      order_.push_back(order_.size());
    }
    // Time passes for decisions without a trigger, too.
    if (lengths.empty()) lengths.insert(script.engine.ladder.back());
    for (const Duration length : lengths) {
      const std::int64_t first = slot_index(script.start + length - Duration{1}, length);
      feeds_.emplace_back(length, first, slot_index(script.end, length), script.values);
    }
    std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(script.events[a].at, a) < std::pair(script.events[b].at, b);
    });
  }

  void run() {
    now_ = script_.start;
    if (script_.roster) show(engine_.roster(read_now(script_.roster)));
    show(engine_.decide(now_, decisions_, history()));
    engine_.look_back(script_.before);
    show(engine_.tick(now_));
    for (std::size_t done = 0;;) {
      const auto slot = next_slot();
      if (done < order_.size() && !(slot && *slot <= script_.events[order_[done]].at)) {
        happen(order_[done++]);
      } else if (slot) {
        close(*slot);
      } else {
        break;
      }
    }
    if (now_ < script_.end) pass_to(script_.end);
  }

 private:
  [[nodiscard]] std::optional<TimePoint> next_slot() const {
    std::optional<TimePoint> next;
    for (const Feed& feed : feeds_) {
      if (!feed.done()) next = std::min(next.value_or(feed.next_end()), feed.next_end());
    }
    return next;
  }

  void close(TimePoint end) {
    now_ = end;
    for (Feed& feed : feeds_) {
      if (feed.done() || feed.next_end() != end) continue;
      const SlotReading& reading = feed.take();
      sink_.step(engine_, {now_, engine_.judge(reading), &reading, std::nullopt, nullptr});
    }
    show(engine_.tick(now_));
  }

  void happen(std::size_t index) {
    const ReplayEvent& event = script_.events[index];
    if (event.at > now_) pass_to(event.at);
    event_ = index;
    std::visit([this](const auto& what) { apply(what); }, event.what);
    event_.reset();
  }

  void apply(const ReplayEvent::Look&) { show({}); }
  void apply(const ReplayEvent::Down& down) {
    show({});
    gaps_.emplace_back(now_, now_ + down.length);
    now_ += down.length;
    restart();
    for (auto slot = next_slot(); slot && *slot <= now_; slot = next_slot()) fetch(*slot);
    show(engine_.tick(now_));
  }
  void apply(const Decisions& decisions) {
    decisions_ = decisions;
    show(engine_.decide(now_, decisions_, history()));
  }
  void apply(const std::shared_ptr<const Roster>& roster) {
    show(engine_.roster(read_now(roster)));
  }
  void apply(const Action& action) {
    const auto done = engine_.act(now_, action);
    if (done) return show(*done);
    const StepResult nothing;
    sink_.step(engine_, {now_, nothing, nullptr, event_, &done.error()});
  }

  // As the daemon starts over a store: saved states, the roster of before and as it is read now,
  // the records.
  void restart() {
    Engine fresh(engine_.options());
    // What was saved a moment ago can be read back, or the engine is broken.
    if (const Status status = fresh.restore(engine_); !status)
      throw std::logic_error(status.error().message);
    const std::shared_ptr<const Roster> roster = engine_.rosters().newest();
    engine_ = std::move(fresh);
    if (roster) {
      engine_.roster(roster);
      show(engine_.roster(read_now(roster)));
    }
    show(engine_.decide(now_, decisions_, history()));
  }

  // Slots that ended while it was down: what a server can be asked for is judged now.
  void fetch(TimePoint end) {
    for (Feed& feed : feeds_) {
      if (feed.done() || feed.next_end() != end) continue;
      const SlotReading reading = asked(feed.take());
      if (reading.services.empty()) continue;
      sink_.step(engine_, {end, engine_.judge(reading), &reading, event_, nullptr});
    }
  }
  [[nodiscard]] SlotReading asked(const SlotReading& all) const {
    SlotReading reading{all.length, all.start, {}, true};
    for (const ServiceReading& service : all.services) {
      ServiceReading known{service.service, {}};
      for (const SignalReading& signal : service.signals) {
        if (is_query(service.service, signal.signal)) known.signals.push_back(signal);
      }
      if (!known.signals.empty()) reading.services.push_back(std::move(known));
    }
    return reading;
  }
  [[nodiscard]] bool is_query(std::string_view service, std::string_view signal) const {
    for (const auto& decision : decisions_) {
      if (decision->service != service) continue;
      const auto spec = decision->signals.find(signal);
      return spec != decision->signals.end() && spec->second.reduction == Reduction::query;
    }
    return false;
  }

  // The same roster, read at this moment and valid for as long as before.
  [[nodiscard]] std::shared_ptr<const Roster> read_now(
      const std::shared_ptr<const Roster>& roster) const {
    if (roster->read_at == now_) return roster;
    auto read = std::make_shared<Roster>(*roster);
    read->read_at = now_;
    return read;
  }

  // What a store would hold for decide(): the slots that were judged.
  [[nodiscard]] SlotHistory history() const {
    SlotHistory history;
    for (const HistoryNeed& need : engine_.needs(now_, decisions_)) {
      const auto series = script_.values.values.find(need.key);
      if (series == script_.values.values.end()) continue;
      auto& values = history.values[need.key];
      for (const auto& [index, value] : series->second) {
        if (index < need.first || index >= need.last) continue;
        if (is_stored(need.key, slot_start(index + 1, need.key.length))) {
          values.emplace_back(index, value);
        }
      }
    }
    return history;
  }
  [[nodiscard]] bool is_stored(const SlotHistory::Key& key, TimePoint end) const {
    if (end <= script_.start || end > now_) return false;
    const bool up = std::none_of(gaps_.begin(), gaps_.end(), [end](const auto& gap) {
      return end > gap.first && end <= gap.second;
    });
    return up || is_query(key.service, key.signal);
  }

  void pass_to(TimePoint at) {
    now_ = at;
    show(engine_.tick(now_));
  }
  void show(const StepResult& result) {
    sink_.step(engine_, {now_, result, nullptr, event_, nullptr});
  }

  const ReplayScript& script_;
  ReplaySink& sink_;
  Engine engine_;
  Decisions decisions_;
  std::vector<Feed> feeds_;           // by length
  std::vector<std::size_t> order_;    // of the events
  std::optional<std::size_t> event_;  // the one that happens
  std::vector<std::pair<TimePoint, TimePoint>> gaps_;
  TimePoint now_{};
};

}  // namespace

std::set<Duration> lengths_in_use(const Decisions& decisions, const std::vector<Duration>& ladder) {
  std::set<Duration> lengths;
  for (const auto& decision : decisions) {
    for (const Trigger& trigger : decision->triggers) {
      lengths.insert(slot_length(trigger.window, ladder));
    }
  }
  return lengths;
}

void replay(const ReplayScript& script, ReplaySink& sink) { Replay(script, sink).run(); }

}  // namespace revisitd::rules
